import { dockerHub } from '../reference/docker-hub.ts';
import type { RegistryClient } from '../registry/client.ts';
import { RegistryError } from '../registry/registry-error.ts';
import type { Answers } from './answers.ts';
import { type Located, referenceOf } from './located.ts';
import type { PlannedImage } from './plan.ts';
import type { Platforms } from './platforms.ts';
import type { PullBudget, PullsLeft } from './pull-budget.ts';

/** Pulls says how much of Docker Hub's limit copying a plan uses. */
export interface Pulls {
  readonly needed: number;
  /** Whether the size of some image is not known, so that `needed` is a guess. */
  readonly isEstimate: boolean;
  /** What Docker Hub said is left; undefined if it said nothing, as for accounts without a limit. */
  readonly left: PullsLeft | undefined;
}

/** What an index of two platforms takes if BuildKit made it: itself, two images, two attestations. */
const usual = 5;

/**
 * Counts the pulls that the images to copy take: a GET of a manifest each, and of all manifests that
 * an index lists. If nothing is known of the limit yet, Docker Hub is asked.
 * Returns undefined if nothing is to be copied from there.
 */
export async function pullsOf(
  images: readonly PlannedImage[],
  { answers, platforms, client, budget }: PullsOptions,
): Promise<Pulls | undefined> {
  let needed = 0;
  let isEstimate = false;
  let first: Located | undefined;
  for (const { action, origins } of images) {
    const [origin] = origins;
    if (action !== 'copy' || origin?.repository.registry !== dockerHub) continue;
    first ??= origin;
    const manifests = manifestsOf(origin, answers, platforms);
    needed += manifests ?? usual;
    isEstimate ||= manifests === undefined;
  }
  if (first === undefined) return undefined;
  await askLimit(first, { client, budget });
  return { needed, isEstimate, left: budget.left(dockerHub) };
}

/** PullsOptions are what is known about the images, and what may be asked. */
export interface PullsOptions {
  readonly answers: Answers;
  readonly platforms: Platforms;
  readonly client: Pick<RegistryClient, 'headManifest'>;
  readonly budget: Pick<PullBudget, 'left' | 'whyWait'>;
}

/** Returns how many manifests a copy reads; undefined if that is not known. */
function manifestsOf(origin: Located, answers: Answers, platforms: Platforms): number | undefined {
  const answer = answers.of('origin', origin);
  if (answer?.state !== 'there') return undefined;
  if (answer.isIndex === false) return 1;
  return platforms === 'all' ? answer.manifests : undefined;
}

/** Asks Docker Hub for its limit by an image, unless it is known. That is not a pull. */
export async function askLimit(
  origin: Located,
  { client, budget }: Pick<PullsOptions, 'client' | 'budget'>,
): Promise<void> {
  if (budget.left(dockerHub) !== undefined) return;
  try {
    await client.headManifest(origin.repository, referenceOf(origin));
  } catch (error) {
    // The copy says what is wrong.
    if (!(error instanceof RegistryError)) throw error;
  }
}
