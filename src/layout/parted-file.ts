import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { LayoutError } from './layout-files.ts';

/** The numbers of parts have three digits, so that `cat FILE.*` joins them in order. */
const mostParts = 999;

/** PartedFile is a file, or the parts that it is split into: one row of bytes with positions. */
export class PartedFile {
  readonly #path: string;
  /** In bytes; undefined if it is one file. */
  readonly #partSize: number | undefined;
  readonly #isWritten: boolean;
  readonly #handles = new Map<number, Promise<FileHandle>>();
  readonly #unsynced = new Set<number>();
  #length: number;

  private constructor(path: string, found: Found, isWritten: boolean) {
    this.#path = path;
    this.#partSize = found.partSize;
    this.#length = found.length;
    this.#isWritten = isWritten;
  }

  /** Opens what there is. @throws LayoutError that names a missing part, or one of a wrong size */
  static async read(path: string): Promise<PartedFile> {
    const found = await find(path);
    if (found !== undefined) return PartedFile.of(path, found);
    throw new LayoutError(`${path} does not exist, nor do its parts ${path}.001 and so on`);
  }

  /** Opens what there is, or nothing, to look at it only. */
  static async look(path: string): Promise<PartedFile> {
    return PartedFile.of(path, (await find(path)) ?? { length: 0, partSize: undefined });
  }

  /** Opens what was found, to look at it only. */
  static of(path: string, found: Found): PartedFile {
    return new PartedFile(path, found, false);
  }

  /**
   * Opens it to write it; `partSize` says in which parts, in bytes.
   *
   * @throws LayoutError if it has other parts
   */
  static async write(path: string, partSize: number | undefined): Promise<PartedFile> {
    const found = await find(path);
    if (found === undefined) return new PartedFile(path, { length: 0, partSize }, true);
    if (found.partSize === undefined && partSize !== undefined)
      throw new LayoutError(`${path} is one file, which stays one: name another file to split`);
    // The only part there is may be smaller than parts are.
    const isOnly = found.partSize === found.length;
    if (isOnly && partSize === undefined)
      throw new LayoutError(`${path}.001 is a part: give --max-archive-size as when it was made`);
    const used = isOnly ? partSize : found.partSize;
    const isOther = partSize !== undefined && partSize !== found.partSize && !isOnly;
    if (isOther || (used ?? Number.POSITIVE_INFINITY) < (found.partSize ?? 0))
      throw new LayoutError(
        `${path}.001 has ${found.partSize} bytes: give the --max-archive-size that it was made with, or name another file`,
      );
    return new PartedFile(path, { length: found.length, partSize: used }, true);
  }

  get isParted(): boolean {
    return this.#partSize !== undefined;
  }

  /** In bytes. */
  get length(): number {
    return this.#length;
  }

  /** Reads up to so many bytes. Fewer come at the end. */
  async read(position: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.#length - position)));
    for (const piece of this.#pieces(position, bytes.length)) {
      const handle = await this.#handle(piece.part);
      const { at, offset, size } = piece;
      const { bytesRead } = await handle.read(bytes, at, size, offset);
      if (bytesRead < size) throw new LayoutError(`${this.#nameOf(piece.part)} became shorter`);
    }
    return bytes;
  }

  async write(position: number, bytes: Buffer): Promise<void> {
    for (const { part, at, offset, size } of this.#pieces(position, bytes.length)) {
      const handle = await this.#handle(part);
      this.#unsynced.add(part);
      for (let done = 0; done < size; ) {
        const { bytesWritten } = await handle.write(bytes, at + done, size - done, offset + done);
        done += bytesWritten;
      }
    }
    this.#length = Math.max(this.#length, position + bytes.length);
  }

  /** Makes it longer with zeros, or shorter. */
  async setLength(length: number): Promise<void> {
    const partSize = this.#partSize ?? Number.POSITIVE_INFINITY;
    const last = lastPart(length, partSize);
    const before = lastPart(this.#length, partSize);
    if (last >= mostParts)
      throw new LayoutError(
        `${this.#path} would have more than ${mostParts} parts: give a larger --max-archive-size`,
      );
    for (let part = Math.min(before, last); part <= last; part++) {
      const handle = await this.#handle(part);
      const start = part === 0 ? 0 : part * partSize;
      await handle.truncate(Math.min(partSize, length - start));
      this.#unsynced.add(part);
    }
    for (let part = last + 1; part <= before; part++) await this.#remove(part);
    this.#length = length;
  }

  /** Waits until everything written so far is on the disk. */
  async sync(): Promise<void> {
    const parts = [...this.#unsynced];
    this.#unsynced.clear();
    for (const part of parts) await (await this.#handle(part)).datasync();
  }

  /** Names the files that some bytes are in. */
  placeOf(position: number, length: number): string {
    const names = this.#pieces(position, Math.max(1, length)).map(({ part }) => this.#nameOf(part));
    return names.join(' and ');
  }

  async close(): Promise<void> {
    for (const handle of this.#handles.values()) await (await handle).close();
    this.#handles.clear();
  }

  /** Divides bytes by the parts that they are in. */
  #pieces(position: number, length: number) {
    const partSize = this.#partSize ?? Number.POSITIVE_INFINITY;
    const pieces: { part: number; at: number; offset: number; size: number }[] = [];
    for (let at = 0; at < length; ) {
      const part = Math.floor((position + at) / partSize);
      const offset = part === 0 ? position + at : position + at - part * partSize;
      const size = Math.min(length - at, partSize - offset);
      pieces.push({ part, at, offset, size });
      at += size;
    }
    return pieces;
  }

  #handle(part: number): Promise<FileHandle> {
    const flags = this.#isWritten ? constants.O_RDWR | constants.O_CREAT : constants.O_RDONLY;
    const handle = this.#handles.get(part) ?? open(this.#nameOf(part), flags);
    this.#handles.set(part, handle);
    return handle;
  }

  async #remove(part: number): Promise<void> {
    await (await this.#handle(part)).close();
    this.#handles.delete(part);
    this.#unsynced.delete(part);
    await rm(this.#nameOf(part));
  }

  #nameOf(part: number): string {
    return this.#partSize === undefined ? this.#path : partName(this.#path, part);
  }
}

/** WrongPart reports that a part has not the size of the others. */
export class WrongPart extends LayoutError {
  /** The parts up to there. If they are a whole archive, the others do not belong to it. */
  readonly before: PartedFile;
  /** The names of the last part before, and of those after it. */
  readonly last: string;
  readonly others: readonly string[];

  constructor(message: string, path: string, sizes: readonly number[]) {
    super(message);
    const [partSize = 0] = sizes;
    const first = sizes.findIndex((size) => size !== partSize);
    // A part that is smaller than the others ends them.
    const count = (sizes[first] ?? 0) < partSize ? first + 1 : first;
    const length = sizes.slice(0, count).reduce((sum, size) => sum + size, 0);
    this.before = PartedFile.of(path, { length, partSize });
    this.last = partName(path, count - 1);
    this.others = sizes.slice(count).map((_, index) => partName(path, count + index));
  }
}

/** Found is what there is of a file. */
interface Found {
  readonly length: number;
  readonly partSize: number | undefined;
}

function partName(path: string, part: number): string {
  return `${path}.${String(part + 1).padStart(3, '0')}`;
}

/** Returns the number of the part that the last byte is in. */
function lastPart(length: number, partSize: number): number {
  return Math.max(0, Math.ceil(length / partSize) - 1);
}

/** Finds a file or its parts; undefined if there is nothing. */
async function find(path: string): Promise<Found | undefined> {
  const whole = await stat(path).catch(() => undefined);
  if (whole?.isDirectory()) throw new LayoutError(`${path} is a folder: write oci:${path}`);
  if (whole !== undefined && !whole.isFile()) throw new LayoutError(`${path} is not a file`);
  const [, together] = /^(.+)\.\d{3}$/.exec(path) ?? [];
  if (whole !== undefined && together !== undefined)
    throw new LayoutError(`${path} is a part of an archive: use oci-archive:${together}`);
  const names = await readdir(dirname(path)).catch(() => []);
  const prefix = `${basename(path)}.`;
  const numbers = names
    .filter((name) => name.startsWith(prefix) && /^\d{3}$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .toSorted((one, other) => one - other);
  if (numbers.length === 0) return whole && { length: whole.size, partSize: undefined };
  if (whole !== undefined)
    throw new LayoutError(`${path} is there, and so is ${path}.001: remove what is not wanted`);
  return await measureParts(path, numbers);
}

async function measureParts(path: string, numbers: readonly number[]): Promise<Found> {
  const sizes: number[] = [];
  for (const [index, number] of numbers.entries()) {
    if (number !== index + 1)
      throw new LayoutError(`${partName(path, index)} is missing: there is a part after it`);
    sizes.push((await stat(partName(path, index))).size);
  }
  // All but the last are equal, and a part that was cut short is smaller.
  const partSize = Math.max(...sizes);
  const wrong = sizes.slice(0, -1).findIndex((size) => size !== partSize);
  if (wrong !== -1)
    throw new WrongPart(
      `${partName(path, wrong)} has ${sizes[wrong]} bytes instead of ${partSize}: it is damaged`,
      path,
      sizes,
    );
  return { length: sizes.reduce((sum, size) => sum + size, 0), partSize };
}
