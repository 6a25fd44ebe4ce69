import { createReadStream } from 'node:fs';
import { type Terminal, UsageError } from './terminal.ts';

export interface Reading {
  /** A file, or `-`: standard input. */
  readonly place: string;
  /** The most characters that are read. What is read is counted: a pipe has no size that could be asked for. */
  readonly limit: number;
  /** What it is, for messages: "the manifests". */
  readonly what: string;
}

/** @throws UsageError for what cannot be read, or is longer; it never repeats what was read, which may be secret */
export async function readText(
  { place, limit, what }: Reading,
  { stdin }: Terminal,
): Promise<string> {
  const [stream, name] =
    place === '-' ? [stdin, 'standard input'] : [createReadStream(place), place];
  const chunks: string[] = [];
  let length = 0;
  try {
    for await (const chunk of stream.setEncoding('utf8')) {
      chunks.push(String(chunk));
      length += String(chunk).length;
      if (length > limit) throw new Error(`${name} has more than ${limit} characters`);
    }
  } catch (error) {
    throw new UsageError(`${what} cannot be read: ${(error as Error).message}`);
  }
  return chunks.join('');
}
