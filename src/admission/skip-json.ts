/**
 * Scanning JSON (RFC 8259) without making anything of it: each function gives the index after what
 * begins at `at`. It reads character codes out of an array, which costs a third of asking a string
 * for each, and ends at a 0.
 */

/** JsonSyntaxError is thrown for text that is not JSON, with the offset of the first mistake. */
export class JsonSyntaxError extends Error {
  override name = 'JsonSyntaxError';
}

/**
 * Codes are the character codes of a text, with a 0 after the last. Everything outside ASCII has
 * the same code, because it means nothing to JSON.
 */
export type Codes = Uint8Array;

const space = 32;
const quote = 34;
const comma = 44;
const minus = 45;
const dot = 46;
const zero = 48;
const nine = 57;
const colon = 58;
const upperE = 69;
const openBracket = 91;
const backslash = 92;
const lowerE = 101;
const firstLetter = 97;
const openBrace = 123;
const closeBrace = 125;
const notAscii = 127;

/** The deepest nesting that Go's decoder, and so the API server, accepts. */
const maxDepth = 10_000;
/** Texts up to here share one array; larger ones are rare enough to get their own. */
const sharedSize = 256 * 1024;

const encoder = new TextEncoder();
const shared = new Uint8Array(sharedSize);

/** Returns the codes of `text`, to be used before the next call. */
export function codesOf(text: string): Codes {
  const size = text.length + 1;
  const codes = size > shared.length ? new Uint8Array(size) : shared.subarray(0, size);
  const { read, written } = encoder.encodeInto(text, codes);
  if (read !== text.length || written !== text.length) copyCodes(text, codes);
  codes[text.length] = 0;
  return codes;
}

/** Copies one code for each UTF-16 unit, unlike UTF-8: offsets must be those of the text. */
function copyCodes(text: string, codes: Codes): void {
  for (let at = 0; at < text.length; at++) codes[at] = Math.min(text.charCodeAt(at), notAscii);
}

/** Throws the JsonSyntaxError for the character at `at`. */
export function fail(codes: Codes, at: number): never {
  const found = codes[at] === 0 ? 'unexpected end' : 'unexpected character';
  throw new JsonSyntaxError(`${found} at offset ${at}`);
}

/** Returns the index of the next character that is not white space. */
export function skipSpace(codes: Codes, at: number): number {
  return (codes[at] as number) > space ? at : skipWhiteSpace(codes, at);
}

function skipWhiteSpace(codes: Codes, at: number): number {
  let next = at;
  for (;;) {
    const code = codes[next];
    if (code !== space && code !== 10 && code !== 13 && code !== 9) return next;
    next++;
  }
}

/**
 * Returns the index after `code`, which may have white space before it; fails for any other
 * character.
 */
export function expect(codes: Codes, at: number, code: number): number {
  const next = skipSpace(codes, at);
  return codes[next] === code ? next + 1 : fail(codes, next);
}

/**
 * Skips a string; its escapes are left to the caller. Short ones end sooner in a loop than by a
 * search.
 */
export function skipString(codes: Codes, at: number): number {
  let next = at + 1;
  for (let count = 0; count < shortString; count++) {
    const code = codes[next++];
    if (code === quote) return next;
    if (code === backslash) next++;
  }
  return skipLongString(codes, next);
}

const shortString = 24;

function skipLongString(codes: Codes, at: number): number {
  let end = codes.indexOf(quote, at);
  while (end !== -1 && isEscaped(codes, end, at)) end = codes.indexOf(quote, end + 1);
  return end === -1 ? fail(codes, codes.length - 1) : end + 1;
}

/** Reports whether an odd number of backslashes stands before `at`; none before `start` counts. */
function isEscaped(codes: Codes, at: number, start: number): boolean {
  let first = at;
  while (first > start && codes[first - 1] === backslash) first--;
  return (at - first) % 2 === 1;
}

/** Skips a key and its colon. */
function skipKey(codes: Codes, at: number): number {
  const start = codes[at] === quote ? at : skipSpace(codes, at);
  if (codes[start] !== quote) fail(codes, start);
  const end = skipString(codes, start);
  return codes[end] === colon ? end + 1 : expect(codes, end, colon);
}

function skipLiteralOrNumber(codes: Codes, at: number): number {
  const first = codes[at] as number;
  if (first < firstLetter) return skipNumber(codes, at);
  const literal = first === letterT ? literalTrue : first === letterF ? literalFalse : literalNull;
  return isAt(codes, at, literal) ? at + literal.length : fail(codes, at);
}

const letterT = 116;
const letterF = 102;
const [literalTrue, literalFalse, literalNull] = ['true', 'false', 'null'].map((text) =>
  encoder.encode(text),
) as [Codes, Codes, Codes];

/** Reports whether `expected` is at `at`. */
export function isAt(codes: Codes, at: number, expected: Codes): boolean {
  for (let index = 0; index < expected.length; index++) {
    if (codes[at + index] !== expected[index]) return false;
  }
  return true;
}

function skipNumber(codes: Codes, at: number): number {
  let next = codes[at] === minus ? at + 1 : at;
  next = codes[next] === zero ? next + 1 : skipDigits(codes, next);
  if (codes[next] === dot) next = skipDigits(codes, next + 1);
  if (codes[next] !== lowerE && codes[next] !== upperE) return next;
  next++;
  const hasSign = codes[next] === minus || codes[next] === 43;
  return skipDigits(codes, hasSign ? next + 1 : next);
}

/** Skips at least one digit. */
function skipDigits(codes: Codes, at: number): number {
  let next = at;
  while ((codes[next] as number) >= zero && (codes[next] as number) <= nine) next++;
  return next === at ? fail(codes, at) : next;
}

/**
 * The closing brackets that are due, innermost last. One for all calls: none of them waits for
 * another.
 */
const closers = new Uint8Array(maxDepth);

/**
 * Skips a value in a loop, not by recursion: text must not decide how deep our stack gets. Most of
 * an admission's own time is spent here; split into functions it takes twice as long.
 */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: see above
export function skipValue(codes: Codes, start: number): number {
  let at = start;
  for (let depth = 0; ; ) {
    let code = codes[at] as number;
    if (code <= space) {
      at = skipSpace(codes, at);
      code = codes[at] as number;
    }
    if (code === quote) at = skipString(codes, at);
    else if (code === openBrace || code === openBracket) {
      // In ASCII both closing brackets come two after their opening ones.
      const closer = code + 2;
      at++;
      if ((codes[at] as number) <= space) at = skipSpace(codes, at);
      if (codes[at] === closer) at++;
      else {
        if (depth === maxDepth) fail(codes, at);
        closers[depth++] = closer;
        if (closer === closeBrace) at = skipKey(codes, at);
        continue;
      }
    } else at = skipLiteralOrNumber(codes, at);
    // A value has ended: close what ends with it, until another value follows.
    for (;;) {
      if (depth === 0) return at;
      let next = codes[at] as number;
      if (next <= space) {
        at = skipSpace(codes, at);
        next = codes[at] as number;
      }
      at++;
      if (next === comma) {
        if (closers[depth - 1] === closeBrace) at = skipKey(codes, at);
        break;
      }
      if (next !== closers[--depth]) fail(codes, at - 1);
    }
  }
}
