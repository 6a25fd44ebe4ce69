import { dockerHub } from '../reference/docker-hub.ts';
import { isIndexType } from '../registry/media-type.ts';
import { RegistryError } from '../registry/registry-error.ts';
import type { Repository } from '../registry/repository.ts';
import type { Answer, Answers, There } from './answers.ts';
import { type Asking, questionsAtOnce } from './ask-tags.ts';
import { forEachAtOnce } from './concurrency.ts';
import { UnreadableImage } from './image-content.ts';
import type { Located } from './located.ts';
import { NoPlatform, type Platforms, selectPlatforms } from './platforms.ts';
import { askLimit, type PullsOptions } from './pulls.ts';
import type { Wanted } from './wanted.ts';

/** AskCopiesOptions say which platforms are copied, and whether indexes may be read for that. */
interface AskCopiesOptions {
  readonly platforms: Platforms;
  /** Docker Hub counts each index that is read as a pull. */
  readonly budget: PullsOptions['budget'];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks which digest an index has after unwanted platforms are removed. If the mirror has an index
 * with another digest than its origin, it may be such a copy.
 */
export async function askCopies(
  client: Asking,
  wanted: readonly Wanted[],
  answers: Answers,
  { platforms, budget, signal }: AskCopiesOptions,
): Promise<void> {
  if (platforms === 'all') return;
  const origins = wanted.flatMap((one) => originsOf(one, answers));
  const counted = origins.find(({ repository }) => repository.registry === dockerHub);
  if (counted !== undefined) await askLimit(counted, { client, budget });
  await forEachAtOnce(origins, questionsAtOnce, async (origin) => {
    const found = answers.of('origin', origin);
    if (found?.state !== 'there' || found.copyDigest !== undefined || signal?.aborted) return;
    const answer =
      refusalBy(budget, origin) ?? (await askCopy(client, origin.repository, found, platforms));
    answers.set('origin', origin, answer);
  });
}

/** Returns the origins of an image, if the mirror may have a copy with fewer platforms. */
function originsOf({ destination, sources, isWhole }: Wanted, answers: Answers): Located[] {
  const mirror = answers.of('mirror', destination);
  if (isWhole || mirror?.state !== 'there') return [];
  return sources.flatMap(({ origins }) =>
    origins.filter((origin) => {
      const found = answers.of('origin', origin);
      return found?.state === 'there' && found.isIndex !== false && found.digest !== mirror.digest;
    }),
  );
}

/** Returns the answer of a registry that allows no more pulls, as it would give it. */
function refusalBy(budget: AskCopiesOptions['budget'], origin: Located): Answer | undefined {
  const wait = budget.whyWait(origin);
  if (wait === undefined) return undefined;
  const host = origin.repository.registry;
  return { state: 'failed', error: new RegistryError(wait, { host, isRateLimit: true }) };
}

async function askCopy(
  client: Asking,
  repository: Repository,
  found: There,
  platforms: Platforms,
): Promise<Answer> {
  try {
    const manifest = await client.getManifest(repository, found.digest);
    // It may have been deleted meanwhile.
    if (manifest === undefined) return found;
    if (!isIndexType(manifest.mediaType)) return { ...found, isIndex: false };
    return { ...found, copyDigest: selectPlatforms(manifest, platforms).index.digest };
  } catch (error) {
    const isKnown = [RegistryError, UnreadableImage, NoPlatform].some(
      (kind) => error instanceof kind,
    );
    if (isKnown) return { state: 'failed', error: error as Error };
    throw error;
  }
}
