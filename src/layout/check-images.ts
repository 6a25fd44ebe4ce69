import { forEachAtOnce } from '../mirror/concurrency.ts';
import { UnreadableImage } from '../mirror/image-content.ts';
import { referenceOf } from '../mirror/located.ts';
import type { Plan, PlannedImage } from '../mirror/plan.ts';
import { NoPlatform, type Platforms } from '../mirror/platforms.ts';
import { readImage } from '../mirror/read-image.ts';
import { cosignTagsOf, mostReferrerLevels } from '../mirror/referrers.ts';
import { RegistryError } from '../registry/registry-error.ts';
import type { Repository } from '../registry/repository.ts';
import type { EarlierImages } from './earlier-images.ts';
import type { Layout } from './layout.ts';
import type { Blob } from './layout-files.ts';

/** A disk answers no faster if it is asked for more at once. */
const imagesAtOnce = 4;

/** CheckOptions say what is copied, and so what is checked. */
export interface CheckOptions {
  readonly platforms: Platforms;
  /** True if signatures, attestations and SBOMs are copied. */
  readonly referrers: boolean;
  readonly signal: AbortSignal;
  /** Finds in the mirror what the layout leaves out. */
  readonly earlier: EarlierImages;
  /** Gets the number of images that have been checked. */
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * Reads everything that a plan copies from a layout, and checks its digests. Returns the plan, in
 * which the damaged images are impossible, with the names of the damaged files.
 */
export async function checkImages(
  plan: Plan,
  layout: Layout,
  options: CheckOptions,
): Promise<Plan> {
  const check = new LayoutCheck(layout, options);
  const toCopy = plan.images.filter(({ action }) => action === 'copy');
  const mistakes = new Map<PlannedImage, string>();
  let done = 0;
  await forEachAtOnce(toCopy, imagesAtOnce, async (planned) => {
    if (options.signal.aborted) return;
    const mistake = await check.mistakeOf(planned);
    if (mistake !== undefined) mistakes.set(planned, mistake);
    options.onProgress(++done, toCopy.length);
  });
  if (mistakes.size === 0) return plan;
  return { ...plan, images: plan.images.map((one) => withMistake(one, mistakes.get(one))) };
}

function withMistake(planned: PlannedImage, message: string | undefined): PlannedImage {
  if (message === undefined) return planned;
  return { ...planned, action: 'impossible', why: 'failed', message };
}

class LayoutCheck {
  readonly #layout: Layout;
  readonly #options: CheckOptions;
  /** Images share blobs: each is read once. */
  readonly #blobs = new Map<string, Promise<void>>();
  readonly #subjects = new Map<string, Promise<void>>();

  constructor(layout: Layout, options: CheckOptions) {
    this.#layout = layout;
    this.#options = options;
  }

  /** Returns why an image cannot be copied from any of its origins; undefined if it can. */
  async mistakeOf({ origins, isWhole, destination }: PlannedImage): Promise<string | undefined> {
    const { signal } = this.#options;
    const platforms = isWhole ? 'all' : this.#options.platforms;
    let mistake: string | undefined;
    for (const { repository, ...origin } of origins) {
      try {
        const way = { from: repository, to: destination.repository };
        await this.#check(way, referenceOf({ repository, ...origin }), platforms, 1);
        return undefined;
      } catch (error) {
        // A run that is stopped copies nothing that was not checked.
        if (signal.aborted) return undefined;
        if (!isKnown(error)) throw error;
        mistake ??= error.message;
      }
    }
    return mistake;
  }

  async #check(way: CheckedWay, reference: string, platforms: Platforms, level: number) {
    const image = await readImage(this.#layout, way.from, reference, platforms);
    // What is not there is said when it is copied.
    if (image === undefined) return;
    for (const blob of image.blobs)
      await this.#once(this.#blobs, blob.digest, way, () => this.#read(way, blob));
    if (!this.#options.referrers || level > mostReferrerLevels) return;
    for (const subject of image.subjects)
      await this.#once(this.#subjects, subject, way, () =>
        this.#checkReferrers(way, subject, level),
      );
  }

  async #checkReferrers(way: CheckedWay, subject: string, level: number): Promise<void> {
    const referrers = await this.#layout.referrers(way.from, subject);
    const digests = referrers.map(({ digest }) => digest);
    const tags = level === 1 ? cosignTagsOf(subject) : [];
    for (const reference of [...digests, ...tags])
      await this.#check(way, reference, 'all', level + 1);
  }

  async #read({ from, to }: CheckedWay, blob: Blob): Promise<void> {
    const { signal, earlier } = this.#options;
    if ((await earlier.placeOf(to, blob)) !== undefined) return;
    for await (const _ of await this.#layout.readBlob(from, blob)) signal.throwIfAborted();
  }

  #once(
    known: Map<string, Promise<void>>,
    digest: string,
    { to }: CheckedWay,
    work: () => Promise<void>,
  ): Promise<void> {
    const key = `${to.registry} ${digest}`;
    const running = known.get(key) ?? work();
    known.set(key, running);
    return running;
  }
}

/** CheckedWay says where an image is read, and where it goes. */
interface CheckedWay {
  readonly from: Repository;
  readonly to: Repository;
}

function isKnown(error: unknown): error is Error {
  return [RegistryError, UnreadableImage, NoPlatform].some((kind) => error instanceof kind);
}
