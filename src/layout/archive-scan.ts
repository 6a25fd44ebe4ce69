import { isDigest } from '../reference/grammar.ts';
import { readAhead } from '../registry/request/connections.ts';
import { LayoutError } from './layout-files.ts';
import type { PartedFile } from './parted-file.ts';
import { block, paddedSize, parseHeader, type TarHeader } from './tar-header.ts';

/** Region is a file in an archive. */
export interface Region {
  /** The position of its header, in bytes. */
  readonly header: number;
  /** In bytes. */
  readonly size: number;
}

/** Follows the name of a file while it is written, and of one that was given up. */
export const unfinished = '.part';
export const unused = '.unused';

/** ArchiveScan is what the headers of an archive say. */
export interface ArchiveScan {
  /** By digest. */
  readonly blobs: Map<string, Region>;
  /** Regions whose bytes are not complete, by the digest of what should be in them. */
  readonly parts: Map<string, Region>;
  /** The last one counts. */
  readonly indexes: readonly Region[];
  /** Where the next file goes. */
  readonly end: number;
  /** True if the end is marked as the format wants it, so that nothing was cut off. */
  readonly hasEnd: boolean;
  /** Other files that are not complete: a run was killed while it wrote them. */
  readonly leftovers: readonly (Region & { readonly name: string })[];
  /** True if a run was killed while it wrote the archive. */
  readonly isInterrupted: boolean;
  /** True if it begins as layouts do, with their version. */
  readonly isBegun: boolean;
  /** The first files that are not blobs, by name. */
  readonly otherFiles: readonly string[];
}

/** The longest pax header that is read, in bytes. */
const maxPax = 64 * 1024;

/** Some names are enough to say what an archive is. */
const mostOthers = 1_000;

/** Reads the headers of an archive. @throws LayoutError if it is not one, or damaged */
export async function scanArchive(file: PartedFile): Promise<ArchiveScan> {
  const scan = new Scan();
  let position = 0;
  let paxSize: number | undefined;
  while (position < file.length) {
    const bytes = await file.read(position, block);
    const header = bytes.length < block ? undefined : parseHeader(bytes);
    if (header === undefined) throw notHeader(file, position, bytes);
    if (header === 'end') {
      // An index is the last file: without it, this is not the end but a hole.
      if (!scan.hasIndex && !(await isZeros(file, position)))
        throw notHeader(file, position, bytes);
      return scan.result(position, true);
    }
    const size = paxSize ?? header.size;
    const end = position + block + paddedSize(size);
    const isWhole = end <= file.length;
    if (header.type === 'x') paxSize = await readPaxSize(file, position, size);
    else {
      paxSize = undefined;
      scan.add(header, { header: position, size }, isWhole);
    }
    position = end;
  }
  return scan.result(position, false);
}

class Scan {
  readonly #blobs = new Map<string, Region>();
  readonly #parts = new Map<string, Region>();
  readonly #indexes: Region[] = [];
  readonly #leftovers: (Region & { readonly name: string })[] = [];
  readonly #others: string[] = [];
  #isInterrupted = false;
  #isBegun = false;

  get hasIndex(): boolean {
    return this.#indexes.length > 0;
  }

  add({ name, type }: TarHeader, region: Region, isWhole: boolean): void {
    if (type !== '0' && type !== '7') return;
    if (name.endsWith(unfinished)) this.#isInterrupted = true;
    if (!name.startsWith('blobs/') && this.#others.length < mostOthers) this.#others.push(name);
    if (name === 'index.json' && isWhole) this.#indexes.push(region);
    const [, algorithm, hex, suffix] =
      /^blobs\/([a-z0-9]+)\/([0-9a-f]+)(\.part|\.unused)?$/.exec(name) ?? [];
    const digest = `${algorithm}:${hex}`;
    if (name === 'oci-layout') this.#isBegun = true;
    if (algorithm === undefined || !isDigest(digest, 0)) {
      if (name.endsWith(unfinished)) this.#leftovers.push({ ...region, name });
      return;
    }
    // The next export fills a region that was cut off.
    const regions = suffix === undefined && isWhole ? this.#blobs : this.#parts;
    regions.set(digest, region);
  }

  result(end: number, hasEnd: boolean): ArchiveScan {
    return {
      blobs: this.#blobs,
      parts: this.#parts,
      indexes: this.#indexes,
      end,
      hasEnd,
      leftovers: this.#leftovers,
      isInterrupted: this.#isInterrupted,
      isBegun: this.#isBegun,
      otherFiles: this.#others,
    };
  }
}

/** Returns the size in a pax header (POSIX.1-2001), which Go writes for files of 8 GiB and more. */
async function readPaxSize(
  file: PartedFile,
  position: number,
  size: number,
): Promise<number | undefined> {
  const text = (await file.read(position + block, Math.min(size, maxPax))).toString('utf8');
  const [, written] = /(?:^|\n)\d+ size=(\d+)\n/.exec(text) ?? [];
  return written === undefined ? undefined : Number(written);
}

/** Reports whether there are only zeros from a position on, as at the end of an archive. */
async function isZeros(file: PartedFile, from: number): Promise<boolean> {
  for (let position = from; position < file.length; ) {
    const bytes = await file.read(position, readAhead);
    if (bytes.some((byte) => byte !== 0)) return false;
    position += bytes.length;
  }
  return true;
}

function notHeader(file: PartedFile, position: number, bytes: Buffer): LayoutError {
  const place = file.placeOf(position, block);
  const isCompressed = ['1f8b', '28b5', 'fd37', '425a'].includes(bytes.toString('hex', 0, 2));
  if (position === 0 && isCompressed)
    return new LayoutError(`${place} is compressed: unpack it to a .tar file first`);
  if (position === 0) return new LayoutError(`${place} is not a tar archive`);
  return new LayoutError(
    `${place} is damaged: there is no header of a file at byte ${position}; carry it again, or export to another file`,
  );
}
