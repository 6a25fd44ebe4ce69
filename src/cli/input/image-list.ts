import type { Terminal } from '../terminal.ts';
import { readUtf8Text } from './read-text.ts';

/** The longest list that is read, in bytes: millions of images. */
const maxLength = 256 * 1024 * 1024;

/**
 * Reads the text of a list of images from a file or (`-`) standard input, also compressed with gzip; `what` names it in
 * messages. Throws UsageError as readUtf8Text does.
 */
export async function readImageList(
  file: string,
  what: string,
  terminal: Terminal,
): Promise<string> {
  return await readUtf8Text({ place: file, limit: maxLength, what, isGzipRead: true }, terminal);
}
