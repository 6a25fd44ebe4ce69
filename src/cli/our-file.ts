import { createReadStream } from 'node:fs';

const writtenByUs = 'detour compile';
/** Within so much of a text it says who wrote it. */
const topLength = 500;

/** Whether a text says at its top that `detour compile` wrote it. */
export function isOurText(text: string): boolean {
  return text.slice(0, topLength).includes(writtenByUs);
}

/** The same of a file, of which no more is read; what cannot be read is not ours. */
export async function isOurFile(file: string): Promise<boolean> {
  try {
    let top = '';
    for await (const chunk of createReadStream(file, { encoding: 'utf8', end: topLength - 1 }))
      top += chunk;
    return isOurText(top);
  } catch {
    return false;
  }
}
