import type { RegistryClient } from '../registry/client.ts';
import type { Descriptor, Manifest } from '../registry/descriptor.ts';
import type { Repository } from '../registry/repository.ts';
import { type EarlierLayout, earlierBlobs } from './earlier-blobs.ts';
import type { Blob } from './layout-files.ts';
import type { EarlierBlob } from './left-out.ts';

/** NamedLayout is the part of a layout that is asked what it has. */
interface NamedLayout extends EarlierLayout, Pick<RegistryClient, 'tags'> {
  find(repository: Repository, reference: string): Descriptor | undefined;
  close(): Promise<void>;
}

/** EarlierArchives are the layouts of `--since`: what they have is left out of the next one. */
export class EarlierArchives {
  readonly #layouts: readonly NamedLayout[];
  readonly #leavesOutImages: boolean;
  #blobs: Promise<ReadonlyMap<string, EarlierBlob>> | undefined;

  /** Unless `leavesOutImages`, only blobs are left out: what refers to an image may be new. */
  constructor(layouts: readonly NamedLayout[], leavesOutImages: boolean) {
    this.#layouts = layouts;
    this.#leavesOutImages = leavesOutImages;
  }

  /**
   * Returns the image that has this name. If they disagree about a tag, nobody knows which of them
   * the mirror got last, so there is none.
   */
  find({ name }: Repository, reference: string): Descriptor | undefined {
    if (!this.#leavesOutImages) return undefined;
    const found = this.#layouts.flatMap(
      (layout) => layout.find({ registry: layout.registry, name }, reference) ?? [],
    );
    const [first] = found;
    return found.every(({ digest }) => digest === first?.digest) ? first : undefined;
  }

  async getManifest({ name }: Repository, reference: string): Promise<Manifest | undefined> {
    for (const layout of this.#layouts) {
      const found = await layout.getManifest({ registry: layout.registry, name }, reference);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Lists the tags that they have in a repository. */
  async *tags({ name }: Repository): AsyncGenerator<string, void, undefined> {
    for (const layout of this.#layouts) yield* layout.tags({ registry: layout.registry, name });
  }

  /** Returns where a blob is; undefined if no image that is imported from them has it. */
  async placeOf({ digest }: Blob): Promise<EarlierBlob | undefined> {
    this.#blobs ??= earlierBlobs(this.#layouts);
    return (await this.#blobs).get(digest);
  }

  async close(): Promise<void> {
    for (const layout of this.#layouts) await layout.close();
  }
}
