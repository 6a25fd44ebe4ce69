import type { Descriptor } from '../registry/descriptor.ts';
import { isMapping } from '../rules/is-mapping.ts';

/** The media type of the record of what a layout leaves out. */
export const leftOutType = 'application/vnd.image-detour.left-out.v1+json';

/** EarlierBlob says where a blob is that a layout leaves out. */
export interface EarlierBlob {
  /** The name of the file or folder that has it. */
  readonly archive: string;
  /** The images in it that have the blob, by their full names. */
  readonly images: readonly string[];
}

/** LeftOut is the record of the blobs that a layout leaves out, by digest. */
export type LeftOut = ReadonlyMap<string, EarlierBlob>;

/** Formats a record. Names appear once, as many images share their blobs. */
export function formatLeftOut(leftOut: LeftOut): Buffer {
  const archives = new Numbered();
  const images = new Numbered();
  const blobs = Object.fromEntries(
    Array.from(leftOut, ([digest, blob]) => [
      digest,
      { archive: archives.of(blob.archive), images: blob.images.map((one) => images.of(one)) },
    ]),
  );
  return Buffer.from(JSON.stringify({ archives: archives.all(), images: images.all(), blobs }));
}

/** Parses a record. What is not as it should be is left out: the blob is then missing. */
export function parseLeftOut(bytes: Buffer): Map<string, EarlierBlob> {
  const { archives, images, blobs } = parse(bytes);
  const nameIn = (names: unknown, at: unknown): string[] => {
    const name: unknown = Array.isArray(names) && typeof at === 'number' ? names[at] : undefined;
    return typeof name === 'string' ? [name] : [];
  };
  const leftOut = new Map<string, EarlierBlob>();
  for (const [digest, blob] of Object.entries(isMapping(blobs) ? blobs : {})) {
    if (!isMapping(blob)) continue;
    const [archive = ''] = nameIn(archives, blob.archive);
    const listed: readonly unknown[] = Array.isArray(blob.images) ? blob.images : [];
    leftOut.set(digest, { archive, images: listed.flatMap((at) => nameIn(images, at)) });
  }
  return leftOut;
}

function parse(bytes: Buffer): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(bytes.toString('utf8'));
    return isMapping(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

/** Returns the record among what is in an index without a name. */
export function findLeftOut(others: readonly Descriptor[]): Descriptor | undefined {
  return others.find(({ mediaType }) => mediaType === leftOutType);
}

/** Numbered gives each name a number. */
class Numbered {
  readonly #numbers = new Map<string, number>();

  of(name: string): number {
    const number = this.#numbers.get(name) ?? this.#numbers.size;
    this.#numbers.set(name, number);
    return number;
  }

  all(): readonly string[] {
    return [...this.#numbers.keys()];
  }
}
