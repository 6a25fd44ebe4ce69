import { readFileWithin, readStreamWithin } from '../../file/read-within.ts';
import { findNotText } from '../../rules/not-text.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import { claimStandardInput } from './standard-input.ts';

/** Reading says what to read, and how much at most. */
export interface Reading {
  /** A file, or `-`: standard input. */
  readonly place: string;
  /** The most bytes that are read. */
  readonly limit: number;
  /** A name for messages: "the manifests". */
  readonly what: string;
  /** True if gzip is decompressed. */
  readonly isGzipRead?: boolean;
}

/**
 * Reads a text. Throws UsageError if it cannot be read or is too long; the message never repeats
 * the text, which may be secret.
 */
export async function readText(
  { place, limit, what, isGzipRead = false }: Reading,
  terminal: Terminal,
): Promise<string> {
  if (place === '-') claimStandardInput(terminal, what);
  try {
    if (place !== '-') return await readFileWithin(place, limit, { isGzipRead });
    return await readStreamWithin(terminal.stdin, { limit, name: 'standard input', isGzipRead });
  } catch (error) {
    throw new UsageError(`${what} cannot be read: ${(error as Error).message}`);
  }
}

/** Reads a text as readText does. Throws UsageError also if it is binary or not in UTF-8. */
export async function readUtf8Text(reading: Reading, terminal: Terminal): Promise<string> {
  const text = await readText(reading, terminal);
  const notText = findNotText(text);
  if (notText === undefined) return text;
  throw new UsageError(`${reading.what} cannot be read: ${notText.message}`);
}
