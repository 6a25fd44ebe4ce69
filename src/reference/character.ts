/**
 * Which characters a part of a reference may hold, as sets of bits: one table lookup a character
 * keeps the parser linear, whatever it is given. (A RegExp port of an older form of this grammar is
 * exponential.)
 */

/** Names the set of `a` to `z`. The sets are bits, so `lower | digit` is a set too. */
export const lower = 1;
/** Names the set of `A` to `Z`. */
export const upper = 2;
/** Names the set of `0` to `9`. */
export const digit = 4;
/** Names the set of `.`, `_` and `-`, which a tag may hold after its first character. */
export const punctuation = 8;
/** Names the set of `:` alone, which separates hosts from ports and fills IPv6 addresses. */
export const colon = 32;
/** Names the set of `a` to `f`: hex digits of digests and of IPv6 addresses. */
export const lowerHexLetter = 64;
/** Names the set of `A` to `F`: hex digits of IPv6 addresses only. */
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

/**
 * Reports whether the character `code` is in one of the sets `wanted`; false for everything outside
 * ASCII.
 */
export function isIn(code: number, wanted: number): boolean {
  return code < 128 && ((sets[code] as number) & wanted) !== 0;
}

/**
 * Returns the index, from `start` and at most `end`, of the first character that is in none of the
 * sets `wanted`.
 */
export function skip(text: string, start: number, end: number, wanted: number): number {
  let at = start;
  // Staying below `end` matters: charCodeAt past the end costs V8 twice the time of the whole loop.
  while (at < end && isIn(text.charCodeAt(at), wanted)) at++;
  return at;
}
