/**
 * Reads out of JSON text only what is asked for. A review is mostly what no decision needs (managed fields, environment,
 * status), so this costs a fraction of JSON.parse and, unlike it, no memory for the rest. The text is checked as
 * strictly: both accept the same texts, up to the nesting that the API server accepts.
 */
import {
  closeBrace,
  closeBracket,
  codeAt,
  colon,
  comma,
  expect,
  fail,
  openBrace,
  openBracket,
  quote,
  skipSpace,
  skipString,
  skipValue,
} from './skip-json.ts';

/** What to read: a whole value, some keys of an object, or each item of an array. */
export interface Shape {
  readonly keys: readonly WantedKey[] | undefined;
  readonly items: Shape | undefined;
}

interface WantedKey {
  readonly key: string;
  readonly shape: Shape;
}

export const whole: Shape = { keys: undefined, items: undefined };
export function items(shape: Shape): Shape {
  return { keys: undefined, items: shape };
}
export function keys(shapes: Readonly<Record<string, Shape>>): Shape {
  const wanted = Object.entries(shapes).map(([key, shape]) => ({ key, shape }));
  return { keys: wanted, items: undefined };
}

interface Cursor {
  readonly text: string;
  at: number;
}

/**
 * The parts of `text` that `shape` names. Where a value is of another type than the shape, undefined stands in its
 * place; items keep their index. Of equal keys the last counts, as with JSON.parse.
 *
 * @throws JsonSyntaxError for text that is no JSON
 */
export function readJson(text: string, shape: Shape): unknown {
  const cursor: Cursor = { text, at: 0 };
  const value = read(cursor, shape);
  const end = skipSpace(text, cursor.at);
  return end === text.length ? value : fail(text, end);
}

function read(cursor: Cursor, shape: Shape): unknown {
  const { text } = cursor;
  const start = skipSpace(text, cursor.at);
  const code = codeAt(text, start);
  if (shape.keys !== undefined && code === openBrace) return readObject(cursor, start, shape.keys);
  if (shape.items !== undefined && code === openBracket)
    return readArray(cursor, start, shape.items);
  cursor.at = skipValue(text, start);
  return shape === whole ? parse(text.slice(start, cursor.at)) : undefined;
}

function readObject(
  cursor: Cursor,
  start: number,
  wanted: readonly WantedKey[],
): Record<string, unknown> {
  const { text } = cursor;
  const object: Record<string, unknown> = {};
  cursor.at = skipSpace(text, start + 1);
  if (codeAt(text, cursor.at) === closeBrace) {
    cursor.at++;
    return object;
  }
  do {
    const found = readKey(cursor, wanted);
    if (found === undefined) cursor.at = skipValue(text, cursor.at);
    else object[found.key] = read(cursor, found.shape);
  } while (skipComma(cursor));
  cursor.at = expect(text, cursor.at, closeBrace);
  return object;
}

function readArray(cursor: Cursor, start: number, shape: Shape): unknown[] {
  const { text } = cursor;
  const array: unknown[] = [];
  cursor.at = skipSpace(text, start + 1);
  if (codeAt(text, cursor.at) === closeBracket) {
    cursor.at++;
    return array;
  }
  do {
    array.push(read(cursor, shape));
  } while (skipComma(cursor));
  cursor.at = expect(text, cursor.at, closeBracket);
  return array;
}

/** Takes a key and its colon, and says whether it is wanted. */
function readKey(cursor: Cursor, wanted: readonly WantedKey[]): WantedKey | undefined {
  const { text } = cursor;
  const start = skipSpace(text, cursor.at);
  if (codeAt(text, start) !== quote) fail(text, start);
  const end = skipString(text, start);
  cursor.at = expect(text, end, colon);
  // Compared in place: a string of each key would be the dearest part of reading a small review.
  for (const one of wanted) {
    if (one.key.length === end - start - 2 && text.startsWith(one.key, start + 1)) return one;
  }
  if (!text.slice(start, end).includes('\\')) return undefined;
  const key = parse(text.slice(start, end));
  return wanted.find((one) => one.key === key);
}

function skipComma(cursor: Cursor): boolean {
  const at = skipSpace(cursor.text, cursor.at);
  if (codeAt(cursor.text, at) !== comma) return false;
  cursor.at = at + 1;
  return true;
}

/** Most values are strings without an escape: those need no second look. */
function parse(json: string): unknown {
  const isPlain = json.charCodeAt(0) === quote && !json.includes('\\');
  return isPlain ? json.slice(1, -1) : JSON.parse(json);
}
