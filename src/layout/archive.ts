import { readAhead } from '../registry/request/connections.ts';
import { type ArchiveScan, type Region, scanArchive, unfinished, unused } from './archive-scan.ts';
import { GroupSync } from './group-sync.ts';
import {
  type Blob,
  blobPath,
  freeSpaceAt,
  LayoutError,
  type LayoutFiles,
  layoutVersion,
  maxIndex,
} from './layout-files.ts';
import { takeLock } from './lock.ts';
import { withoutOthers } from './other-parts.ts';
import { PartedFile } from './parted-file.ts';
import { block, endOfArchive, formatHeader, paddedSize } from './tar-header.ts';

/**
 * ArchiveFiles stores a layout as a tar archive: `oci-archive:FILE`. Several blobs are written at
 * once, each into a region of its own: its size is known, and its header has another name until its
 * bytes are complete. Nothing that is there is moved, so what ends a run at any moment leaves an
 * archive with everything that was complete.
 */
export class ArchiveFiles implements LayoutFiles {
  readonly hasCheapIndex = false;
  readonly #path: string;
  readonly #file: PartedFile;
  readonly #scan: ArchiveScan;
  readonly #unlock: (() => Promise<void>) | undefined;
  readonly #sync: GroupSync;
  /** The bytes in regions that an earlier run left unfinished. */
  readonly #reusable: number;
  #end: number;
  #isChanged: boolean;
  /** The last reservation: one after the other. */
  #reserving: Promise<unknown> = Promise.resolve();

  private constructor(
    path: string,
    file: PartedFile,
    scan: ArchiveScan,
    unlock?: () => Promise<void>,
  ) {
    this.#path = path;
    this.#file = file;
    this.#scan = scan;
    this.#unlock = unlock;
    this.#reusable = [...scan.parts.values()].reduce((sum, { size }) => sum + size, 0);
    this.#end = scan.end;
    this.#isChanged = !scan.hasEnd || scan.isInterrupted;
    this.#sync = new GroupSync(() => file.sync());
  }

  /** Opens an archive to read it. @throws LayoutError if it is not a whole one */
  static async read(path: string): Promise<ArchiveFiles> {
    const file = await withoutOthers(PartedFile.read(path));
    return await opened(file, async () => {
      const scan = await scanArchive(file);
      requireWhole(path, scan, file.isParted);
      return new ArchiveFiles(path, file, scan);
    });
  }

  /** Opens an archive that may not exist or be complete to see what it has. */
  static async look(path: string): Promise<ArchiveFiles> {
    const file = await withoutOthers(PartedFile.look(path));
    return await opened(file, async () => new ArchiveFiles(path, file, await scanArchive(file)));
  }

  /** Opens or makes an archive to write it. @throws LayoutError if another process does */
  static async write(path: string, partSize: number | undefined): Promise<ArchiveFiles> {
    const unlock = await takeLock(`${path}.lock`, path);
    try {
      const file = await withoutOthers(PartedFile.write(path, partSize));
      return await opened(file, async () => {
        const files = new ArchiveFiles(path, file, await scanArchive(file), unlock);
        if (!files.#scan.isBegun) await files.#begin();
        return files;
      });
    } catch (error) {
      await unlock();
      throw error;
    }
  }

  sizeOf(digest: string): Promise<number | undefined> {
    return Promise.resolve(this.#scan.blobs.get(digest)?.size);
  }

  async freeSpace(): Promise<number | undefined> {
    const free = await freeSpaceAt(this.#file.placeOf(0, 1));
    return free && free + this.#reusable;
  }

  open(digest: string): Promise<AsyncIterable<Buffer>> {
    const region = this.#scan.blobs.get(digest);
    if (region === undefined) throw new Error(`${this.placeOf(digest)} is not there`);
    return Promise.resolve(this.#bytesIn(region));
  }

  async write({ digest, size }: Blob, bytes: AsyncIterable<Buffer>): Promise<void> {
    const path = blobPath(digest);
    if (!digest.startsWith('sha256:'))
      throw new LayoutError(`${path}: an archive takes digests of sha256 only: use oci:DIR`);
    const { parts, blobs } = this.#scan;
    const known = parts.get(digest);
    // Somebody claimed another size.
    if (known !== undefined && known.size !== size) await this.#name(known, path + unused);
    const region = known?.size === size ? known : await this.#reserve(path, size);
    if (region === known) await this.#name(region, path + unfinished);
    // If it fails, it is filled again.
    parts.set(digest, region);
    let position = region.header + block;
    for await (const chunk of bytes) {
      await this.#file.write(position, chunk);
      position += chunk.length;
    }
    await this.#sync.sync();
    await this.#name(region, path);
    parts.delete(digest);
    blobs.set(digest, region);
  }

  async readIndex(): Promise<Buffer | undefined> {
    const region = this.#scan.indexes.at(-1);
    if (region === undefined) return undefined;
    if (region.size > maxIndex)
      throw new LayoutError(`the index.json in ${this.#path} has more than ${maxIndex} bytes`);
    return await this.#file.read(region.header + block, region.size);
  }

  /** Writes the index at the end. The old one counts until the new one is complete. */
  async writeIndex(bytes: Buffer): Promise<void> {
    const region = await this.#reserve('index.json', bytes.length);
    await this.#file.write(region.header + block, bytes);
    await this.#sync.sync();
    await this.#name(region, 'index.json');
    await this.#sync.sync();
    // Readers take the last one, and now there is one only.
    for (const old of this.#scan.indexes) await this.#name(old, 'index.json.old');
  }

  placeOf(digest: string): string {
    const region = this.#scan.blobs.get(digest);
    const place = region ? this.#file.placeOf(region.header + block, region.size) : this.#path;
    return `${blobPath(digest)} in ${place}`;
  }

  async close(): Promise<void> {
    try {
      if (this.#unlock !== undefined && this.#isChanged) await this.#finish();
    } finally {
      await this.#file.close();
      await this.#unlock?.();
    }
  }

  async #begin(): Promise<void> {
    const version = await this.#reserve('oci-layout', layoutVersion.length);
    await this.#file.write(version.header + block, Buffer.from(layoutVersion));
    await this.#name(version, 'oci-layout');
    for (const folder of ['blobs/', 'blobs/sha256/'])
      await this.#name(await this.#reserve(folder, 0), folder);
  }

  /** Marks the end, so that a reader sees that nothing is missing. */
  async #finish(): Promise<void> {
    for (const [digest, region] of this.#scan.parts)
      await this.#name(region, blobPath(digest) + unused);
    for (const { name, ...region } of this.#scan.leftovers)
      await this.#name(region, name.replace(unfinished, unused));
    await this.#file.write(this.#end, endOfArchive);
    await this.#file.setLength(this.#end + endOfArchive.length);
    await this.#file.sync();
  }

  /** Makes a region at the end, under another name until it is complete. */
  #reserve(path: string, size: number): Promise<Region> {
    const reserved = this.#reserving
      .catch(() => undefined)
      .then(async () => {
        const region = { header: this.#end, size };
        const end = region.header + block + paddedSize(size);
        this.#isChanged = true;
        // Zeros are an end to readers: a header alone would be a file that is cut short.
        await this.#file.setLength(end);
        await this.#name(region, path.endsWith('/') ? path : path + unfinished);
        this.#end = end;
        return region;
      });
    this.#reserving = reserved;
    return reserved;
  }

  async #name({ header, size }: Region, name: string): Promise<void> {
    this.#isChanged = true;
    await this.#file.write(header, formatHeader({ name, size }));
  }

  async *#bytesIn({ header, size }: Region): AsyncGenerator<Buffer, void, undefined> {
    const start = header + block;
    for (let done = 0; done < size; ) {
      const chunk = await this.#file.read(start + done, Math.min(readAhead, size - done));
      if (chunk.length === 0) return;
      done += chunk.length;
      yield chunk;
    }
  }
}

/** Closes a file if it cannot be opened as an archive. */
async function opened(file: PartedFile, open: () => Promise<ArchiveFiles>): Promise<ArchiveFiles> {
  try {
    return await open();
  } catch (error) {
    await file.close();
    throw error;
  }
}

function requireWhole(path: string, scan: ArchiveScan, isParted: boolean): void {
  if (!scan.hasEnd || scan.isInterrupted)
    throw new LayoutError(
      `${path} is not complete: its end is missing; run its export again, or carry all of it again${isParted ? ', with its last part' : ''}`,
    );
  if (scan.indexes.length === 0)
    throw new LayoutError(`${path} is not an OCI archive: ${otherFormat(path, scan.otherFiles)}`);
}

/** Says what an archive without an index is instead, and what to do with it. */
function otherFormat(path: string, files: readonly string[]): string {
  const index = files.find((name) => name.endsWith('/index.json'));
  if (index !== undefined) {
    const folder = index.slice(0, -'/index.json'.length);
    return `its layout is in the folder ${folder}: unpack it and use oci:${folder}`;
  }
  if (files.includes('manifest.json'))
    return `docker save wrote it: convert it with skopeo copy docker-archive:${path} oci-archive:NEW.tar:docker.io/library/nginx:1.27, with the full name of its image`;
  return 'it has no index.json';
}
