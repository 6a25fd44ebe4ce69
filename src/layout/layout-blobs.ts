import { Readable } from 'node:stream';
import type { Descriptor, Manifest } from '../registry/descriptor.ts';
import { maxManifest } from '../registry/manifests.ts';
import { readManifest } from '../registry/read-manifest.ts';
import { RegistryError } from '../registry/registry-error.ts';
import type { ByteRate } from '../registry/request/byte-rate.ts';
import type { Source } from '../registry/upload.ts';
import { checkedBytes } from './checked-bytes.ts';
import { type Blob, LayoutError, type LayoutFiles, maxIndex } from './layout-files.ts';

/** LayoutBlobs reads and writes the blobs of a layout. Nothing passes whose digest is wrong. */
export class LayoutBlobs {
  readonly #registry: string;
  readonly #files: LayoutFiles;
  readonly #rate: ByteRate | undefined;
  readonly #writing = new Map<string, Promise<boolean>>();
  /** Set once the disk is full: what comes after would be read for nothing. */
  #failure: RegistryError | undefined;
  /** In bytes, by digest: what is left to write of blobs that are announced. */
  readonly #announced = new Map<string, number>();

  constructor(registry: string, files: LayoutFiles, rate: ByteRate | undefined) {
    this.#registry = registry;
    this.#files = files;
    this.#rate = rate;
  }

  async has({ digest, size }: Blob): Promise<boolean> {
    return (await this.#files.sizeOf(digest)) === size;
  }

  /**
   * Reads a blob, and fails before its last bytes if they are wrong.
   *
   * @throws RegistryError that names the file
   */
  async read(blob: Blob, onBytes?: (bytes: number) => void): Promise<AsyncGenerator<Buffer, void>> {
    const { digest, size } = blob;
    const place = this.#files.placeOf(digest);
    const found = await this.#files.sizeOf(digest);
    if (found === undefined) throw this.#error(`${place} is missing`);
    if (found !== size)
      throw this.#error(`${place} is damaged: it has ${found} bytes instead of ${size}`);
    const wrong = (mistake: string) => this.#error(`${place} is damaged: ${mistake}`);
    return this.#paced(checkedBytes(blob, this.#open(digest), wrong), onBytes);
  }

  /** Reads a manifest of which the size is not known; undefined if there is none. */
  async findManifest(digest: string): Promise<Manifest | undefined> {
    const size = await this.#files.sizeOf(digest);
    return size === undefined ? undefined : await this.manifest({ digest, size, mediaType: '' });
  }

  /** Reads a manifest. Without its media type, what it says of itself counts. */
  async manifest({ digest, size, mediaType }: Descriptor): Promise<Manifest> {
    if (size > maxManifest)
      throw this.#error(
        `${this.#files.placeOf(digest)} is too large for a manifest: ${size} bytes, at most ${maxManifest}`,
      );
    const asked = {
      repository: { registry: this.#registry, name: '' },
      what: `manifest ${digest}`,
    };
    const headers = { 'content-type': mediaType };
    return readManifest(asked, { body: await this.readBytes({ digest, size }), headers }, digest);
  }

  /** Reads a blob into memory. */
  async readBytes(blob: Blob): Promise<Buffer> {
    if (blob.size > maxIndex)
      throw this.#error(`${this.#files.placeOf(blob.digest)} has more than ${maxIndex} bytes`);
    const chunks: Buffer[] = [];
    for await (const chunk of await this.read(blob)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  /**
   * Announces the blobs of an image, until the function that is returned is called.
   *
   * @throws RegistryError if the disk is too small for what is announced
   */
  async announce(blobs: readonly Blob[]): Promise<() => void> {
    const end = () => {
      for (const { digest } of blobs) this.#announced.delete(digest);
    };
    for (const blob of blobs)
      if (!(await this.has(blob)) && !this.#announced.has(blob.digest))
        this.#announced.set(blob.digest, blob.size);
    const free = await this.#files.freeSpace();
    const needed = [...this.#announced.values()].reduce((sum, size) => sum + size, 0);
    if (free === undefined || needed <= free) return end;
    end();
    const [more, most] = [Math.ceil(needed / 1e5) / 10, Math.floor(free / 1e5) / 10];
    const mistake = `the next images need ${more} MB, and ${most} MB are free: free some space, or export the rest to another disk with --since; what was written is kept`;
    this.#failure ??= this.#error(`${this.#registry}: ${mistake}`, 'ENOSPC');
    throw this.#failure;
  }

  /** Stores a blob. Returns false if it is there. */
  async write(blob: Blob, source: Source): Promise<boolean> {
    const { digest } = blob;
    this.throwIfFull();
    // Several may wait for one that fails: only one of them is the next.
    for (let other = this.#writing.get(digest); other; other = this.#writing.get(digest))
      await other.catch(() => undefined);
    const writing = this.#writeNew(blob, source);
    this.#writing.set(digest, writing);
    try {
      return await writing;
    } finally {
      this.#writing.delete(digest);
    }
  }

  async #writeNew(blob: Blob, source: Source): Promise<boolean> {
    if (await this.has(blob)) return false;
    const { digest } = blob;
    const wrong = (mistake: string) => this.#errorOf(digest, mistake);
    const stream = await source();
    const bytes = this.#noted(digest, checkedBytes(blob, stream, wrong));
    await this.attempt(digest, () => this.#files.write(blob, bytes));
    return true;
  }

  async writeBytes(blob: Blob, bytes: Buffer): Promise<void> {
    await this.write(blob, () => Promise.resolve(Readable.from([bytes])));
  }

  /** Writes something, and turns the errors of the disk into those of a registry. */
  async attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isOfFiles(error)) throw error;
      const { code, message } = error;
      const isFull = code === 'ENOSPC' || code === 'EDQUOT';
      const mistake = isFull
        ? 'the disk is full: free some space, and run this again; what was written is kept'
        : message;
      const failure = this.#errorOf(what, mistake, code);
      if (isFull) this.#failure = failure;
      throw failure;
    }
  }

  /** @throws RegistryError once the disk was full, or too small */
  throwIfFull(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Opens a blob when its first bytes are wanted. A worn disk may fail to give some of them. */
  async *#open(digest: string): AsyncGenerator<Buffer, void, undefined> {
    try {
      yield* await this.#files.open(digest);
    } catch (error) {
      if (!isOfFiles(error)) throw error;
      throw this.#error(`${this.#files.placeOf(digest)} cannot be read: ${error.message}`);
    }
  }

  /** Takes note of the bytes that are on the disk. */
  async *#noted(digest: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
    for await (const chunk of bytes) {
      yield chunk;
      const left = this.#announced.get(digest);
      if (left !== undefined) this.#announced.set(digest, left - chunk.length);
    }
  }

  async *#paced(
    bytes: AsyncIterable<Buffer>,
    onBytes?: (bytes: number) => void,
  ): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of bytes) {
      await this.#rate?.take(chunk.length);
      onBytes?.(chunk.length);
      yield chunk;
    }
  }

  #errorOf(what: string, mistake: string, code?: string): RegistryError {
    return this.#error(`${this.#registry}: ${what}: ${mistake}`, code);
  }

  #error(message: string, code = 'DIGEST_INVALID'): RegistryError {
    return new RegistryError(message, { host: this.#registry, code });
  }
}

/** Reports whether an error is one of a disk, or about the files of a layout. */
function isOfFiles(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof LayoutError || (error as NodeJS.ErrnoException).syscall !== undefined;
}
