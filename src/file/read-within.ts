import { constants, createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { gunzipped } from './gunzip.ts';

/** ReadLimit says how many bytes a reading may come to. */
export interface ReadLimit {
  readonly limit: number;
  /** What is read, for messages. */
  readonly name: string;
  /** True if what begins as gzip does is decompressed; the limit is for the text. */
  readonly isGzipRead?: boolean;
}

/**
 * Reads UTF-8 and counts what it reads, because a pipe or a device has no size that could be asked
 * for, and a file may grow meanwhile.
 *
 * @throws Error of the stream, or one that says that it has more than the limit
 */
export async function readStreamWithin(
  stream: AsyncIterable<Buffer>,
  { limit, name, isGzipRead = false }: ReadLimit,
): Promise<string> {
  const decoder = new StringDecoder('utf8');
  const parts: string[] = [];
  let size = 0;
  for await (const chunk of isGzipRead ? gunzipped(stream) : stream) {
    size += chunk.length;
    if (size > limit) throw new Error(`${name} has more than ${limit} bytes`);
    parts.push(decoder.write(chunk));
  }
  parts.push(decoder.end());
  return parts.join('');
}

/** Reads a file, a pipe or a device of at most `limit` bytes. */
export async function readFileWithin(
  file: string,
  limit: number,
  options: Pick<ReadLimit, 'isGzipRead'> = {},
): Promise<string> {
  try {
    return await readStreamWithin(createReadStream(file), { limit, name: file, ...options });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error;
    throw new Error(`${file} is a folder: name a file in it`);
  }
}

/** RegularFileOptions say how strict readRegularFileWithin is. */
export interface RegularFileOptions {
  /** Whether a symbolic link is refused instead of followed. */
  readonly isLinkRefused?: boolean;
}

/**
 * Reads a regular file: one that is read again and again, or that a folder happens to hold. A pipe
 * that nobody writes into would hold up whoever waits for it.
 *
 * @throws Error if it is another kind of file, or has more than `limit` bytes
 */
export async function readRegularFileWithin(
  file: string,
  limit: number,
  { isLinkRefused = false }: RegularFileOptions = {},
): Promise<string> {
  const handle = await openWithoutWaiting(file, isLinkRefused);
  try {
    if (!(await handle.stat()).isFile()) throw new Error(`${file} is not a regular file`);
    const stream = handle.createReadStream({ autoClose: false });
    return await readStreamWithin(stream, { limit, name: file });
  } finally {
    await handle.close();
  }
}

async function openWithoutWaiting(file: string, isLinkRefused: boolean): Promise<FileHandle> {
  // Windows has neither of the two, nor what they are for.
  const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;
  return await open(file, O_RDONLY | O_NONBLOCK | (isLinkRefused ? O_NOFOLLOW : 0));
}
