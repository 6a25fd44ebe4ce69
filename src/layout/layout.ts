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
import { LayoutIndex } from './layout-index.ts';
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
    return new Layout(files, new LayoutIndex(await files.readIndex()), options);
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

  async headManifest(repository: Repository, reference: string): Promise<Descriptor | undefined> {
    const { name } = repository;
    const named = this.#index.find(name, reference);
    const isThere = named && (!this.#isMirror || (await this.#isWhole(repository, named)));
    if (isThere) return named;
    if (named !== undefined) return await this.#earlier?.headManifest(repository, reference);
    const known = await this.#earlier?.headManifest(repository, reference);
    if (known !== undefined) return known;
    // An image of an index is there without its name.
    if (!isDigest(reference, 0) || this.#isPinned(repository, reference)) return undefined;
    const manifest = await this.#blobs.findManifest(reference);
    if (manifest === undefined) return undefined;
    const { mediaType, digest, bytes } = manifest;
    return { mediaType, digest, size: bytes.length };
  }

  async getManifest(repository: Repository, reference: string): Promise<Manifest | undefined> {
    const named = this.#index.find(repository.name, reference);
    if (named !== undefined) return await this.#blobs.manifest(named);
    const found = isDigest(reference, 0) ? await this.#blobs.findManifest(reference) : undefined;
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

  async writeBlob(_: Repository, blob: Blob, source: Source): Promise<'mounted' | 'uploaded'> {
    if (await this.#leftOut.leaveOut(blob)) return 'mounted';
    return (await this.#blobs.write(blob, source)) ? 'uploaded' : 'mounted';
  }

  async referrers(_: Repository, digest: string): Promise<readonly Descriptor[]> {
    const found = await this.#referrers.of(digest);
    return this.#earlier === undefined
      ? found
      : [...found, ...(await this.#earlier.referrers(digest))];
  }

  async *tags({ name }: Repository): AsyncGenerator<string, void, undefined> {
    for (const one of this.#index.referencesIn(name)) if (!isDigest(one, 0)) yield one;
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

  /** Reports whether an image has all its parts: somebody may have removed a damaged one. */
  async #isWhole(repository: Repository, { digest }: Descriptor): Promise<boolean> {
    try {
      const image = await readImage(this, repository, digest, 'all');
      for (const blob of image?.blobs ?? [])
        if (!(await this.#blobs.has(blob)) && !(await this.#leftOut.leaveOut(blob))) return false;
      return image !== undefined;
    } catch (error) {
      if (error instanceof RegistryError || error instanceof UnreadableImage) return false;
      throw error;
    }
  }
}
