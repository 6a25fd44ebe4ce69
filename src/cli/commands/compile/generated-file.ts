import { createReadStream } from 'node:fs';

/** The words at the top of every text that `detour compile` writes. */
const marker = 'detour compile';
/** The marker is within this many characters. */
const topLength = 500;

/** Reports whether `detour compile` wrote a text. */
export function isGeneratedText(text: string): boolean {
  return text.slice(0, topLength).includes(marker);
}

/**
 * Reports whether `detour compile` wrote a file, from the top of it; false if it cannot be read.
 */
export async function isGeneratedFile(file: string): Promise<boolean> {
  try {
    let top = '';
    for await (const chunk of createReadStream(file, { encoding: 'utf8', end: topLength - 1 }))
      top += chunk;
    return isGeneratedText(top);
  } catch {
    return false;
  }
}
