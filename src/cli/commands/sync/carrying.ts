import { type CheckOptions, checkImages } from '../../../layout/check-images.ts';
import type { EarlierImages } from '../../../layout/earlier-images.ts';
import type { Layout } from '../../../layout/layout.ts';
import { inLayout } from '../../../layout/layout-address.ts';
import { nameOf } from '../../../layout/layout-index.ts';
import { exportWishes, importWishes } from '../../../layout/layout-wishes.ts';
import type { Registries } from '../../../layout/with-layout.ts';
import type { Listed } from '../../../mirror/listed.ts';
import { isReferrersTag } from '../../../mirror/listed-names.ts';
import type { Plan } from '../../../mirror/plan.ts';
import type { Wishes } from '../../../mirror/wanted.ts';
import { type Terminal, UsageError } from '../../terminal.ts';
import type { ListedImages } from './listed-images.ts';
import { showLooking } from './looking.ts';
import { openToRead, openToWrite } from './open-layout.ts';
import type { SyncOptions } from './options.ts';

/** Carrying is a layout that a run writes (`--to`) or reads (`--from`) in place of registries. */
export interface Carrying {
  readonly layout: Layout;
  readonly isExport: boolean;
  /** Places what the rules want in the layout, or reads it from there. */
  placeWishes(wishes: Wishes): Wishes;
  /** Lists the tags of origins; undefined if the origins themselves do. */
  readonly origins: Pick<Registries, 'tags' | 'digests'> | undefined;
}

/**
 * Opens the layout of `--to` or `--from`; undefined if there is neither.
 *
 * @throws UsageError if it cannot be used
 */
export async function openCarrying(
  options: SyncOptions,
  maxRate: number | undefined,
): Promise<Carrying | undefined> {
  const { to, from } = options;
  if (to !== undefined) {
    const layout = await openToWrite(to, options);
    const placeWishes = (wishes: Wishes) => exportWishes(wishes, layout);
    return { layout, isExport: true, placeWishes, origins: undefined };
  }
  if (from === undefined) return undefined;
  const layout = await openToRead('--from', from, maxRate);
  return {
    layout,
    isExport: false,
    placeWishes: (wishes) => importWishes(wishes, layout),
    origins: {
      tags: (repository) => imageTags(layout.tags(inLayout(from, repository))),
      digests: () => layout.digests(),
    },
  };
}

/** Signatures come along with their images. */
async function* imageTags(tags: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  for await (const tag of tags) if (!isReferrersTag(tag)) yield tag;
}

/** Returns the images of a layout as a list, and findings about those that have no name. */
export async function listCarried({
  layout,
}: Carrying): Promise<Pick<ListedImages, 'listed' | 'findings'>> {
  const place = layout.registry;
  const listed: Listed[] = layout
    .names()
    .filter(({ name }) => !isReferrersTag(name.slice(name.lastIndexOf(':') + 1)))
    .map(({ name }) => ({ image: name, isRepository: false, place }));
  const nameless = await layout.nameless();
  const findings = nameless.map(({ descriptor, mistake }) => ({
    code: 'nameless' as const,
    image: nameOf(descriptor) ?? descriptor.digest,
    place,
    message:
      mistake ??
      `its name has no registry, so no rule matches it: copy it in again by its full name, such as skopeo copy --all … ${place}:docker.io/library/nginx:1.27`,
  }));
  if (listed.length + findings.length > 0) return { listed, findings };
  throw new UsageError(`--from: ${place} has no images`);
}

/** CheckingOptions say what is copied, and where the progress goes. */
interface CheckingOptions extends Omit<CheckOptions, 'onProgress' | 'earlier'> {
  readonly earlier: EarlierImages | undefined;
  readonly terminal: Terminal;
}

/** Checks everything that comes from a layout, before the mirror gets anything of it. */
export async function checkCarried(
  plan: Plan,
  carrying: Carrying | undefined,
  { terminal, earlier, ...options }: CheckingOptions,
): Promise<Plan> {
  if (carrying === undefined || earlier === undefined) return plan;
  const show = showLooking(terminal, 'checking images');
  try {
    const onProgress = (done: number, total: number) => show.at(done, total);
    return await checkImages(plan, carrying.layout, { ...options, earlier, onProgress });
  } finally {
    show.end();
  }
}

/** Saves the layout that a run has written. Returns the exit code: a full disk is a failure. */
export async function saveCarried(
  carrying: Carrying | undefined,
  { stderr }: Terminal,
  exitCode: number,
): Promise<number> {
  try {
    await carrying?.layout.close();
    return exitCode;
  } catch (error) {
    stderr.write(
      `detour: ${carrying?.layout.registry} is not complete: ${(error as Error).message}; run this again\n`,
    );
    return Math.max(exitCode, 1);
  }
}
