/**
 * Which characters a part of a reference may hold, as sets of bits: one table lookup a character keeps the parser
 * linear, whatever it is given. (A RegExp port of an older form of this grammar is exponential.)
 */

export const lower = 1;
export const upper = 2;
export const digit = 4;
/** `.`, `_` and `-`: inside a tag. */
export const punctuation = 8;
export const colon = 32;
export const lowerHexLetter = 64;
export const upperHexLetter = 128;

const sets = new Uint8Array(128);
add('abcdefghijklmnopqrstuvwxyz', lower);
add('ABCDEFGHIJKLMNOPQRSTUVWXYZ', upper);
add('0123456789', digit);
add('._-', punctuation);
add(':', colon);
add('abcdef', lowerHexLetter);
add('ABCDEF', upperHexLetter);

function add(characters: string, set: number): void {
  for (const character of characters) {
    const code = character.charCodeAt(0);
    sets[code] = (sets[code] as number) | set;
  }
}

/** Whether the character `code` is in one of `wanted`; false for everything outside ASCII. */
export function isIn(code: number, wanted: number): boolean {
  return code < 128 && ((sets[code] as number) & wanted) !== 0;
}

/** The index, from `start` and at most `end`, of the first character that is in none of `wanted`. */
export function skip(text: string, start: number, end: number, wanted: number): number {
  let at = start;
  // Staying below `end` matters: charCodeAt past the end costs V8 twice the time of the whole loop.
  while (at < end && isIn(text.charCodeAt(at), wanted)) at++;
  return at;
}
