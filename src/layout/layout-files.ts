import { statfs } from 'node:fs/promises';
import type { Descriptor } from '../registry/descriptor.ts';

/** Blob is what is known of a blob before it is read. */
export type Blob = Pick<Descriptor, 'digest' | 'size'>;

/** The longest `index.json` that is read, in bytes: some hundred thousand images. */
export const maxIndex = 64 * 1024 * 1024;

/**
 * LayoutFiles stores the files of an OCI image layout, as a folder or as an archive:
 * https://github.com/opencontainers/image-spec/blob/main/image-layout.md.
 */
export interface LayoutFiles {
  /** Returns the size of a blob in bytes; undefined if there is none. */
  sizeOf(digest: string): Promise<number | undefined>;
  /** Returns how many bytes the disk can take; undefined if it does not say so. */
  freeSpace(): Promise<number | undefined>;
  /** Opens a blob. Nothing of it is checked. */
  open(digest: string): Promise<AsyncIterable<Buffer>>;
  /** Stores a blob, or nothing if `bytes` fails. `bytes` checks itself. */
  write(blob: Blob, bytes: AsyncIterable<Buffer>): Promise<void>;
  readIndex(): Promise<Buffer | undefined>;
  writeIndex(bytes: Buffer): Promise<void>;
  /** True if writing the index often costs little, so that a run that is killed keeps its names. */
  readonly hasCheapIndex: boolean;
  /** Names the files that a blob is in, for messages. */
  placeOf(digest: string): string;
  /** Ends the use of the files. After writing, they are complete. */
  close(): Promise<void>;
}

/** LayoutError reports that the files are not a layout, or cannot be used. Its message says why. */
export class LayoutError extends Error {
  override readonly name = 'LayoutError';
}

/** Returns the path of a blob in a layout. The digest has been checked: it is a part of a path. */
export function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

/** Returns how many bytes are free where a file is; undefined if that is not known. */
export async function freeSpaceAt(path: string): Promise<number | undefined> {
  const found = await statfs(path).catch(() => undefined);
  // Some file systems of networks have no size.
  return found === undefined || found.blocks === 0 ? undefined : found.bavail * found.bsize;
}

/** The content of the file `oci-layout`. */
export const layoutVersion = '{"imageLayoutVersion":"1.0.0"}';
