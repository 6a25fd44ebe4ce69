import { readFileWithin, readStreamWithin } from '../../file/read-within.ts';
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
}

/**
 * Reads a text. Throws UsageError if it cannot be read or is too long; the message never repeats
 * the text, which may be secret.
 */
export async function readText(
  { place, limit, what }: Reading,
  terminal: Terminal,
): Promise<string> {
  if (place === '-') claimStandardInput(terminal, what);
  try {
    if (place !== '-') return await readFileWithin(place, limit);
    return await readStreamWithin(terminal.stdin, { limit, name: 'standard input' });
  } catch (error) {
    throw new UsageError(`${what} cannot be read: ${(error as Error).message}`);
  }
}
