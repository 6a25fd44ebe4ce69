/**
 * Scanning JSON (RFC 8259) without making anything of it: each function gives the index after what begins at `at`.
 * Structure, numbers and literals are checked; what stands inside of strings is not, so that the engine's own search
 * can find their ends.
 */

/** Thrown for text that is no JSON. */
export class JsonSyntaxError extends Error {
  override name = 'JsonSyntaxError';
}

const space = 32;
export const quote = 34;
export const comma = 44;
export const colon = 58;
export const openBracket = 91;
const backslash = 92;
export const closeBracket = 93;
export const openBrace = 123;
export const closeBrace = 125;

/** The deepest nesting that Go's decoder, and so the API server, accepts. */
const maxDepth = 10_000;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const literal = /true|false|null/y;

export function fail(text: string, at: number): never {
  const found = at < text.length ? 'unexpected character' : 'unexpected end';
  throw new JsonSyntaxError(`${found} at offset ${at}`);
}

/** The index of the next character that is no white space. */
export function skipSpace(text: string, at: number): number {
  return at < text.length && text.charCodeAt(at) > 32 ? at : skipWhiteSpace(text, at);
}

function skipWhiteSpace(text: string, at: number): number {
  let next = at;
  while (next < text.length) {
    const code = text.charCodeAt(next);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) break;
    next++;
  }
  return next;
}

/** The code at `at`, 0 at the end: charCodeAt past the end is slow. */
export function codeAt(text: string, at: number): number {
  return at < text.length ? text.charCodeAt(at) : 0;
}

export function expect(text: string, at: number, code: number): number {
  const next = skipSpace(text, at);
  return codeAt(text, next) === code ? next + 1 : fail(text, next);
}

export function skipString(text: string, at: number): number {
  let end = text.indexOf('"', at + 1);
  while (end !== -1 && text.charCodeAt(end - 1) === backslash && isEscaped(text, end)) {
    end = text.indexOf('"', end + 1);
  }
  return end === -1 ? fail(text, text.length) : end + 1;
}

/** Whether an odd number of backslashes stands before `at`. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === backslash) first--;
  return (at - first) % 2 === 1;
}

function skipPattern(text: string, at: number, pattern: RegExp): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : fail(text, at);
}

/** A key and its colon. */
function skipKey(text: string, at: number): number {
  const start = codeAt(text, at) === quote ? at : skipSpace(text, at);
  if (codeAt(text, start) !== quote) fail(text, start);
  const end = skipString(text, start);
  return codeAt(text, end) === colon ? end + 1 : expect(text, end, colon);
}

function skipLiteralOrNumber(text: string, at: number): number {
  // t, f and n are the only letters that a value begins with.
  return skipPattern(text, at, codeAt(text, at) > 96 ? literal : number);
}

/** The closing brackets that are due, innermost last. One for all calls: none of them waits for another. */
const closers = new Uint8Array(maxDepth);

/**
 * Skips a value in a loop, not by recursion: text must not decide how deep our stack gets. Most of an admission's own
 * time is spent here; split into functions it takes twice as long.
 */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: see above
export function skipValue(text: string, start: number): number {
  let at = start;
  for (let depth = 0; ; ) {
    let code = codeAt(text, at);
    if (code <= space) {
      at = skipSpace(text, at);
      code = codeAt(text, at);
    }
    if (code === quote) at = skipString(text, at);
    else if (code === openBrace || code === openBracket) {
      // In ASCII both closing brackets come two after their opening ones.
      const closer = code + 2;
      at = skipSpace(text, at + 1);
      if (codeAt(text, at) === closer) at++;
      else {
        if (depth === maxDepth) fail(text, at);
        closers[depth++] = closer;
        if (closer === closeBrace) at = skipKey(text, at);
        continue;
      }
    } else at = skipLiteralOrNumber(text, at);
    // A value has ended: close what ends with it, until another value follows.
    for (;;) {
      if (depth === 0) return at;
      let next = codeAt(text, at);
      if (next <= space) {
        at = skipSpace(text, at);
        next = codeAt(text, at);
      }
      at++;
      if (next === comma) {
        if (closers[depth - 1] === closeBrace) at = skipKey(text, at);
        break;
      }
      if (next !== closers[--depth]) fail(text, at - 1);
    }
  }
}
