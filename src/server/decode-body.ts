import { isAscii } from 'node:buffer';
import { StringDecoder } from 'node:string_decoder';
import type { Steps } from '../admission/steps.ts';

/** How much is decoded in one step, in bytes: it takes a few milliseconds at worst. */
const stepSize = 1024 * 1024;

/**
 * Decodes UTF-8. ASCII, as in most bodies, is only copied. Other text takes ten times as long and is
 * decoded in steps.
 */
export function* decodeBody(bytes: Buffer): Steps<string> {
  if (isAscii(bytes)) return bytes.toString('latin1');
  const decoder = new StringDecoder('utf8');
  const parts: string[] = [];
  for (let start = 0; start < bytes.length; start += stepSize) {
    if (start > 0) yield;
    parts.push(decoder.write(bytes.subarray(start, start + stepSize)));
  }
  return parts.join('') + decoder.end();
}
