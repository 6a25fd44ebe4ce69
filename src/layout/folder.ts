import { randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import {
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readAhead } from '../registry/request/connections.ts';
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

/** Holds the lock and what is not complete yet; on the disk of the layout, so that renaming works. */
const workFolder = '.image-detour';

/** FolderFiles stores a layout as a folder: `oci:DIR`. */
export class FolderFiles implements LayoutFiles {
  readonly hasCheapIndex = true;
  readonly #folder: string;
  readonly #unlock: (() => Promise<void>) | undefined;

  private constructor(folder: string, unlock?: () => Promise<void>) {
    this.#folder = folder;
    this.#unlock = unlock;
  }

  /** Opens a folder to read it. @throws LayoutError if it is not a layout */
  static async read(folder: string): Promise<FolderFiles> {
    const files = new FolderFiles(folder);
    if ((await files.readIndex()) !== undefined) return files;
    await requireFolder(folder);
    throw new LayoutError(
      `${folder} is not an OCI image layout: it has no index.json; name the folder that --to oci:DIR wrote`,
    );
  }

  /** Opens a folder that may not exist to see what it has. */
  static look(folder: string): FolderFiles {
    return new FolderFiles(folder);
  }

  /** Opens a folder to write it. @throws LayoutError if another process does */
  static async write(folder: string): Promise<FolderFiles> {
    await requireEmptyOrLayout(folder);
    const work = join(folder, workFolder);
    await mkdir(work, { recursive: true });
    const unlock = await takeLock(join(work, 'lock'), folder);
    // What an earlier run left is not complete.
    await rm(join(work, 'unfinished'), { recursive: true, force: true });
    await mkdir(join(work, 'unfinished'));
    const files = new FolderFiles(folder, unlock);
    const layout = join(folder, 'oci-layout');
    if ((await stat(layout).catch(() => undefined)) === undefined)
      await writeFile(layout, layoutVersion);
    return files;
  }

  async sizeOf(digest: string): Promise<number | undefined> {
    const found = await stat(this.placeOf(digest)).catch(() => undefined);
    return found?.isFile() ? found.size : undefined;
  }

  freeSpace(): Promise<number | undefined> {
    return freeSpaceAt(this.#folder);
  }

  open(digest: string): Promise<AsyncIterable<Buffer>> {
    return Promise.resolve(createReadStream(this.placeOf(digest), { highWaterMark: readAhead }));
  }

  async write({ digest }: Blob, bytes: AsyncIterable<Buffer>): Promise<void> {
    await this.#replace(this.placeOf(digest), bytes);
  }

  async readIndex(): Promise<Buffer | undefined> {
    const file = join(this.#folder, 'index.json');
    const found = await stat(file).catch(() => undefined);
    if (!found?.isFile()) return undefined;
    if (found.size > maxIndex) throw new LayoutError(`${file} has more than ${maxIndex} bytes`);
    return await readFile(file);
  }

  async writeIndex(bytes: Buffer): Promise<void> {
    await this.#replace(join(this.#folder, 'index.json'), [bytes]);
  }

  placeOf(digest: string): string {
    return join(this.#folder, blobPath(digest));
  }

  async close(): Promise<void> {
    if (this.#unlock === undefined) return;
    const work = join(this.#folder, workFolder);
    await rm(join(work, 'unfinished'), { recursive: true, force: true });
    await this.#unlock();
    // Another process may have begun.
    await rmdir(work).catch(() => undefined);
  }

  /** A power failure must not leave a file under its name whose bytes are not on the disk. */
  async #replace(file: string, bytes: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
    const unfinished = join(this.#folder, workFolder, 'unfinished', randomUUID());
    const handle = await open(
      unfinished,
      constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY,
    );
    try {
      await writeFile(handle, bytes);
      await handle.datasync();
      await handle.close();
      await mkdir(dirname(file), { recursive: true });
      await rename(unfinished, file);
    } catch (error) {
      await handle.close().catch(() => undefined);
      await rm(unfinished, { force: true });
      throw error;
    }
  }
}

/** Throws LayoutError if a folder holds something else: nothing is written into it then. */
async function requireEmptyOrLayout(folder: string): Promise<void> {
  if (!(await requireFolder(folder))) return;
  const names = await readdir(folder);
  const isLayout = names.length === 0 || names.includes('oci-layout') || names.includes(workFolder);
  if (isLayout) return;
  throw new LayoutError(
    `${folder} holds other files, and is not an OCI image layout: name a new or an empty folder`,
  );
}

/** Returns whether there is a folder. @throws LayoutError if there is a file instead */
async function requireFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || found.isDirectory()) return found !== undefined;
  throw new LayoutError(`${path} is not a folder: for an archive, use oci-archive:${path}`);
}
