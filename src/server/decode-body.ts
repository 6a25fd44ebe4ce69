import { isAscii } from 'node:buffer';
import { StringDecoder } from 'node:string_decoder';

/** How much is decoded in one step, in bytes: it takes a few milliseconds at worst. */
const stepSize = 1024 * 1024;

/**
 * Decodes UTF-8 and calls `done` with the text. ASCII, as in most bodies, is only copied. Other
 * text takes ten times as long and is decoded in steps.
 *
 * @param schedule runs each step but the first
 */
export function decodeBody(
  bytes: Buffer,
  schedule: (step: () => void) => void,
  done: (text: string) => void,
): void {
  if (isAscii(bytes)) {
    done(bytes.toString('latin1'));
    return;
  }
  const decoder = new StringDecoder('utf8');
  const parts: string[] = [];
  const decode = (start: number) => {
    const end = start + stepSize;
    parts.push(decoder.write(bytes.subarray(start, end)));
    if (end < bytes.length) schedule(() => decode(end));
    else done(parts.join('') + decoder.end());
  };
  decode(0);
}
