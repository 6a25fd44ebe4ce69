import { Readable } from 'node:stream';
import { UnreadableImage } from '../mirror/image-content.ts';
import { readImage } from '../mirror/read-image.ts';
import { isDigest } from '../reference/grammar.ts';
import type { Descriptor, Manifest } from '../registry/descriptor.ts';
import type { PutResult } from '../registry/manifests.ts';
import { RegistryError } from '../registry/registry-error.ts';
import type { Repository } from '../registry/repository.ts';
import type { ByteRate } from '../registry/request/byte-rate.ts';
import { readAhead } from '../registry/request/connections.ts';
import type { Source } from '../registry/upload.ts';
import type { EarlierArchives } from './earlier-archives.ts';
import { LayoutBlobs } from './layout-blobs.ts';
import type { Blob, LayoutFiles } from './layout-files.ts';
import { LayoutIndex, nameOf } from './layout-index.ts';
import { LayoutReferrers, type Nameless, referrerOf } from './layout-referrers.ts';
import type { EarlierBlob } from './left-out.ts';
import { LeftOutBlobs } from './left-out-blobs.ts';
import { SavedIndex } from './saved-index.ts';

/** LayoutOptions say how a layout is used. */
export interface LayoutOptions {
  /** As `--to` or `--from` names it. */
  readonly registry: string;
  /** Limits the bytes that are read. */
  readonly rate?: ByteRate | undefined;
  /** True if images are written, so that one that lacks a part is not taken for a copy. */
  readonly isMirror: boolean;
  /** True if the layout is saved. Default: it is only looked at. */
  readonly isWritten?: boolean;
  /** What they have is left out. */
  readonly earlier?: EarlierArchives | undefined;
}

/**
 * Layout is an OCI image layout with the methods of a registry. A repository in it is named after
 * the origin, with the origin's registry: `docker.io/library/nginx`.
 */
export class Layout {
  readonly registry: string;
  readonly #files: LayoutFiles;
  readonly #isMirror: boolean;
  readonly #blobs: LayoutBlobs;
  readonly #index: LayoutIndex;
  readonly #saved: SavedIndex;
  readonly #referrers: LayoutReferrers;
  readonly #earlier: EarlierArchives | undefined;
  readonly #leftOut: LeftOutBlobs;
  /** Images that are listed by their digest. */
  readonly #pinned = new Set<string>();
  #isClosed = false;

  private constructor(files: LayoutFiles, index: LayoutIndex, options: LayoutOptions) {
    const { registry, rate, isMirror, earlier } = options;
    this.registry = registry;
    this.#files = files;
    this.#isMirror = isMirror;
    this.#blobs = new LayoutBlobs(registry, files, rate);
    this.#index = index;
    this.#earlier = earlier;
    this.#leftOut = new LeftOutBlobs(this.#blobs, index, earlier);
    this.#saved = new SavedIndex(files, index);
    this.#referrers = new LayoutReferrers(index, (one) => this.#blobs.manifest(one));
  }

  /** @throws LayoutError if the index cannot be read */
  static async open(files: LayoutFiles, options: LayoutOptions): Promise<Layout> {
    const bytes = await files.readIndex();
    const index = new LayoutIndex(bytes);
    // A difference may have nothing, and is a layout then, too.
    index.isChanged = bytes === undefined && options.isWritten === true;
    return new Layout(files, index, options);
  }

  /** Lists the images with their full names. */
  names(): ReturnType<LayoutIndex['names']> {
    return this.#index.names();
  }

  /** Lists the images that have no name with a registry, so that no rule can match them. */
  nameless(): Promise<readonly Nameless[]> {
    return this.#referrers.nameless();
  }

  /** Makes an image keep its digest in its name. */
  pin({ name }: Repository, reference: string): void {
    this.#pinned.add(`${name} ${reference}`);
  }

  /** Returns the image that the index gives a name. */
  find({ name }: Repository, reference: string): Descriptor | undefined {
    return this.#index.find(name, reference);
  }

  async headManifest(repository: Repository, reference: string): Promise<Descriptor | undefined> {
    const named = this.find(repository, reference);
    if (this.#isMirror) return await this.#findWhole(repository, reference, named);
    if (named !== undefined || !isDigest(reference, 0)) return named;
    // An image of an index is there without its name.
    const manifest = await this.#blobs.findManifest(reference);
    if (manifest === undefined) return undefined;
    const { mediaType, digest, bytes } = manifest;
    return { mediaType, digest, size: bytes.length };
  }

  async getManifest(repository: Repository, reference: string): Promise<Manifest | undefined> {
    const found = await this.#ownManifest(repository, reference);
    return found ?? (await this.#earlier?.getManifest(repository, reference));
  }

  async putManifest(
    repository: Repository,
    reference: string,
    manifest: Manifest,
  ): Promise<PutResult> {
    const { mediaType, digest, bytes } = manifest;
    const size = bytes.length;
    await this.#blobs.writeBytes({ digest, size }, bytes);
    const referrer = referrerOf(manifest);
    if (referrer !== undefined) this.#referrers.add(referrer);
    const isPinned = this.#isPinned(repository, reference);
    const isByTag = !isDigest(reference, 0);
    if (isByTag || isPinned) {
      const { name } = repository;
      this.#index.name(name, reference, { mediaType, digest, size }, isByTag && isPinned);
      await this.#blobs.attempt('index.json', () => this.#saved.saveSoon());
    }
    return { hasReferrersApi: true };
  }

  async hasBlob(_: Repository, digest: string): Promise<boolean> {
    return (await this.#files.sizeOf(digest)) !== undefined;
  }

  /** Reports whether the layout itself has a blob. */
  has(blob: Blob): Promise<boolean> {
    return this.#blobs.has(blob);
  }

  /** Returns where a blob is that this layout leaves out; undefined if it does not. */
  async leftOut(blob: Blob): Promise<EarlierBlob | undefined> {
    return (await this.has(blob)) ? undefined : await this.#leftOut.find(blob.digest);
  }

  /** Opens a blob as a stream that fails before its last bytes if they are wrong. */
  async readBlob(_: Repository, blob: Blob, onBytes?: (bytes: number) => void): Promise<Readable> {
    const bytes = await this.#blobs.read(blob, onBytes);
    return Readable.from(bytes, { objectMode: false, highWaterMark: readAhead });
  }

  /**
   * Announces the blobs of an image that is about to be written, as LayoutBlobs does.
   *
   * @throws RegistryError if the disk is too small for them
   */
  async announce(blobs: readonly Blob[]): Promise<() => void> {
    const written: Blob[] = [];
    for (const blob of blobs)
      if ((await this.#earlier?.placeOf(blob)) === undefined) written.push(blob);
    return await this.#blobs.announce(written);
  }

  async writeBlob(_: Repository, blob: Blob, source: Source): Promise<'mounted' | 'uploaded'> {
    if (await this.#leftOut.leaveOut(blob)) return 'mounted';
    return (await this.#blobs.write(blob, source)) ? 'uploaded' : 'mounted';
  }

  /** Earlier layouts do not count: what refers to an image is in each layout that has the image. */
  referrers(_: Repository, digest: string): Promise<readonly Descriptor[]> {
    return this.#referrers.of(digest);
  }

  async *tags(repository: Repository): AsyncGenerator<string, void, undefined> {
    const tags = new Set(
      this.#index.referencesIn(repository.name).filter((one) => !isDigest(one, 0)),
    );
    if (this.#earlier !== undefined)
      for await (const tag of this.#earlier.tags(repository)) tags.add(tag);
    for (const tag of tags)
      if (!this.#isMirror || (await this.headManifest(repository, tag)) !== undefined) yield tag;
  }

  /** Names in an index cost nothing to ask for one by one. */
  digests(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** @throws RegistryError once the disk is full */
  requireReachable(): void {
    this.#blobs.throwIfFull();
  }

  /** Saves the names of what was written, and ends the use of the files. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      await this.#leftOut.save();
      await this.#saved.save();
    } finally {
      await this.#files.close();
      await this.#earlier?.close();
    }
  }

  #isPinned({ name }: Repository, reference: string): boolean {
    return this.#pinned.has(`${name} ${reference}`);
  }

  /** Returns what is here with all its parts, or what an earlier layout has by the same name. */
  async #findWhole(
    repository: Repository,
    reference: string,
    named: Descriptor | undefined,
  ): Promise<Descriptor | undefined> {
    const isPinned = this.#isPinned(repository, reference);
    const isKept = (one: Descriptor) => !isPinned || nameOf(one)?.includes('@') === true;
    if (named && isKept(named) && (await this.#isWhole(repository, named))) return named;
    const earlier = this.#earlier?.find(repository, reference);
    return earlier && isKept(earlier) ? earlier : undefined;
  }

  async #ownManifest(repository: Repository, reference: string): Promise<Manifest | undefined> {
    const named = this.find(repository, reference);
    if (named !== undefined) return await this.#blobs.manifest(named);
    return isDigest(reference, 0) ? await this.#blobs.findManifest(reference) : undefined;
  }

  /** Reports whether an image has all its parts: somebody may have removed a damaged one. */
  async #isWhole(repository: Repository, { digest }: Descriptor): Promise<boolean> {
    try {
      const own: Pick<Layout, 'getManifest' | 'readBlob'> = {
        getManifest: (...asked) => this.#ownManifest(...asked),
        readBlob: (...asked) => this.readBlob(...asked),
      };
      const image = await readImage(own, repository, digest, 'all');
      for (const blob of image?.blobs ?? [])
        if (!(await this.#blobs.has(blob)) && !(await this.#leftOut.leaveOut(blob))) return false;
      return image !== undefined;
    } catch (error) {
      if (error instanceof RegistryError || error instanceof UnreadableImage) return false;
      throw error;
    }
  }
}
