/**
 * The grammar of image references, after github.com/distribution/reference v0.6 (what the kubelet
 * and containerd use):
 *
 *   reference        = [ domain "/" ] path [ ":" tag ] [ "@" digest ]
 *   domain           = host [ ":" 1*digit ]
 *   host             = label *( "." label ) | "[" 1*( hex | ":" ) "]"
 *   label            = alnum | alnum *( alnum | "-" ) alnum
 *   path             = component *( "/" component )                  ; at most 255 characters
 *   component        = word *( separator word )
 *   word             = 1*( lower | digit )
 *   separator        = "." | "_" | "__" | 1*"-"
 *   tag              = ( alnum | "_" ) *127( alnum | "_" | "." | "-" )
 *   digest           = "sha256:" 64lowerhex | "sha384:" 96lowerhex | "sha512:" 128lowerhex
 *
 * Each function scans once from `start` and gives the index after what it matched, or -1.
 */
import {
  colon,
  digit,
  isIn,
  lower,
  lowerHexLetter,
  punctuation,
  skip,
  upper,
  upperHexLetter,
} from './character.ts';

const alnum = lower | upper | digit;
const dotCode = 46;
const dashCode = 45;
const lowerHex = lowerHexLetter | digit;

/** Limits a path, in characters (`RepositoryNameTotalLengthMax`); the domain does not count. */
export const maxPathLength = 255;
const maxTagLength = 128;
const digestLengths: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/** Reports whether `text` from 0 to `end` is a whole domain. */
export function isDomain(text: string, end: number): boolean {
  const hostEnd = text[0] === '[' ? scanAddress(text, end) : scanHost(text, end);
  if (hostEnd === -1) return false;
  if (hostEnd === end) return true;
  const port = hostEnd + 1;
  return text[hostEnd] === ':' && port < end && skip(text, port, end, digit) === end;
}

/** Labels between dots; a dash neither begins nor ends one. */
function scanHost(text: string, end: number): number {
  let before = dotCode;
  let at = 0;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    if (isIn(code, alnum)) before = 0;
    else if (code === dashCode && before !== dotCode) before = code;
    else if (code === dotCode && before === 0) before = code;
    else break;
  }
  return before === 0 ? at : -1;
}

function scanAddress(text: string, end: number): number {
  const at = skip(text, 1, end, lowerHex | upperHexLetter | colon);
  return at > 1 && at < end && text[at] === ']' ? at + 1 : -1;
}

/**
 * Finds the longest path that begins at `start`; what follows it is for the caller to judge. One
 * loop, because a call for each component takes ten times as long if they are short.
 */
export function scanPath(text: string, start: number): number {
  // The separator before this character; 0 after a letter or a digit.
  let before = slashCode;
  let at = start;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isIn(code, lower | digit)) before = 0;
    else if (before === 0 && (code === slashCode || isIn(code, punctuation))) before = code;
    else if (code === dashCode && before === dashCode) before = dashCode;
    else if (code === underscoreCode && before === underscoreCode) before = twoUnderscores;
    else break;
  }
  return before === 0 ? at : -1;
}

const slashCode = 47;
const underscoreCode = 95;
/** None may follow it. */
const twoUnderscores = -1;

/** Finds the tag that begins at `start`: 1 to 128 characters. */
export function scanTag(text: string, start: number): number {
  if (start === text.length) return -1;
  if (text[start] === '.' || text[start] === '-') return -1;
  const end = skip(text, start, text.length, alnum | punctuation);
  return end > start && end - start <= maxTagLength ? end : -1;
}

/**
 * Reports whether `text` from `start` to its end is a digest of an algorithm that the OCI image
 * spec registers.
 */
export function isDigest(text: string, start: number): boolean {
  const separator = text.indexOf(':', start);
  // No registered algorithm has a longer name; without this a slice of a huge string would be made
  // for nothing.
  if (separator === -1 || separator - start > 6) return false;
  const algorithm = text.slice(start, separator);
  const hex = separator + 1;
  return (
    Object.hasOwn(digestLengths, algorithm) &&
    text.length - hex === digestLengths[algorithm] &&
    skip(text, hex, text.length, lowerHex) === text.length
  );
}

/**
 * Reports whether the whole of `text` is 64 hex digits: Docker's form of an image ID, which is not
 * a reference.
 */
export function isImageId(text: string): boolean {
  return text.length === 64 && skip(text, 0, 64, lowerHex) === 64;
}
