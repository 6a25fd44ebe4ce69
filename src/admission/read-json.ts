/**
 * Reads out of JSON text only what is asked for. A review is mostly what no decision needs (managed
 * fields, environment, status), so this costs a fraction of JSON.parse and, unlike it, no memory
 * for the rest. Its structure is checked as strictly, up to the nesting that the API server
 * accepts; escapes and control characters inside of strings that are not read are not.
 */
import {
  type Codes,
  codesOf,
  expect,
  fail,
  isAt,
  skipSpace,
  skipString,
  skipValue,
} from './skip-json.ts';

// Not imported: what another module exports is looked up at each use.
const quote = 34;
const comma = 44;
const colon = 58;
const openBracket = 91;
const backslash = 92;
const closeBracket = 93;
const openBrace = 123;
const closeBrace = 125;

/** Shape says what to read: a whole value, some keys of an object, or each item of an array. */
export interface Shape {
  readonly keys: readonly WantedKey[] | undefined;
  readonly items: Shape | undefined;
  /** Whether all keys of the object are read, whatever their values are. */
  readonly hasEveryKey?: boolean;
  /** Whether the object carries its `span`. */
  readonly isSpanned?: boolean;
}

/** Keys the property in which an object says where in the text it begins and ends. */
export const span = Symbol('span');
/** Span is where an object begins, and the index after its end, in UTF-16 units. */
export type Span = readonly [start: number, end: number];

interface WantedKey {
  readonly key: string;
  readonly codes: Codes;
  readonly shape: Shape;
}

const encoder = new TextEncoder();

/** Describes a value that is read whole, whatever its type. */
export const whole: Shape = { keys: undefined, items: undefined };
/** Returns the shape of an array whose items have this shape. */
export function items(shape: Shape): Shape {
  return { keys: undefined, items: shape };
}
/** Returns the shape of an object of which these keys are read. */
export function keys(shapes: Readonly<Record<string, Shape>>): Shape {
  const wanted = Object.entries(shapes).map(([key, shape]) => {
    return { key, codes: encoder.encode(key), shape };
  });
  return { keys: wanted, items: undefined };
}

/** Describes an object that is read whole; a value of another type becomes undefined. */
export const everyKey: Shape = { keys: [], items: undefined, hasEveryKey: true };

/** Returns the shape of an object that is read with its place in the text (`span`). */
export function spanned(shape: Shape): Shape {
  return { ...shape, isSpanned: true };
}

interface Cursor {
  readonly text: string;
  readonly codes: Codes;
  at: number;
}

/**
 * Reads the parts of `text` that `shape` names. If a value is of another type than the shape, it
 * becomes undefined; items keep their index. If a key is repeated the last counts, as with
 * JSON.parse.
 *
 * @throws JsonSyntaxError for text that is not JSON
 */
export function readJson(text: string, shape: Shape): unknown {
  const codes = codesOf(text);
  const cursor: Cursor = { text, codes, at: 0 };
  const value = read(cursor, shape);
  const end = skipSpace(codes, cursor.at);
  return end === text.length ? value : fail(codes, end);
}

function read(cursor: Cursor, shape: Shape): unknown {
  const { codes } = cursor;
  const start = skipSpace(codes, cursor.at);
  const code = codes[start];
  if (shape === whole) {
    cursor.at = code === quote ? skipString(codes, start) : skipValue(codes, start);
    return parse(cursor, start);
  }
  if (shape.keys !== undefined && code === openBrace) {
    const object = shape.hasEveryKey
      ? readWhole(cursor, start)
      : readObject(cursor, start, shape.keys);
    if (shape.isSpanned) object[span] = [start, cursor.at];
    return object;
  }
  if (shape.items !== undefined && code === openBracket)
    return readArray(cursor, start, shape.items);
  cursor.at = skipValue(codes, start);
  return undefined;
}

/** Reads an object in time that grows with its text alone, however many of its keys are needed. */
function readWhole(cursor: Cursor, start: number): Record<string | symbol, unknown> {
  cursor.at = skipValue(cursor.codes, start);
  return JSON.parse(cursor.text.slice(start, cursor.at));
}

function readObject(
  cursor: Cursor,
  start: number,
  wanted: readonly WantedKey[],
): Record<string | symbol, unknown> {
  const { codes } = cursor;
  const object: Record<string | symbol, unknown> = {};
  cursor.at = skipSpace(codes, start + 1);
  if (codes[cursor.at] === closeBrace) {
    cursor.at++;
    return object;
  }
  do {
    const found = readKey(cursor, wanted);
    if (found === undefined) cursor.at = skipValue(codes, cursor.at);
    else object[found.key] = read(cursor, found.shape);
  } while (skipComma(cursor));
  cursor.at = expect(codes, cursor.at, closeBrace);
  return object;
}

function readArray(cursor: Cursor, start: number, shape: Shape): unknown[] {
  const { codes } = cursor;
  const array: unknown[] = [];
  cursor.at = skipSpace(codes, start + 1);
  if (codes[cursor.at] === closeBracket) {
    cursor.at++;
    return array;
  }
  do {
    array.push(read(cursor, shape));
  } while (skipComma(cursor));
  cursor.at = expect(codes, cursor.at, closeBracket);
  return array;
}

/** Takes a key and its colon, and says whether it is wanted. */
function readKey(cursor: Cursor, wanted: readonly WantedKey[]): WantedKey | undefined {
  const { codes } = cursor;
  const start = skipSpace(codes, cursor.at);
  if (codes[start] !== quote) fail(codes, start);
  const end = skipString(codes, start);
  cursor.at = expect(codes, end, colon);
  // Compared in place: a string of each key would be the most expensive part of reading a small
  // review.
  for (const one of wanted) {
    if (one.codes.length === end - start - 2 && isAt(codes, start + 1, one.codes)) return one;
  }
  return hasEscape(codes, start, end)
    ? findEscaped(cursor.text.slice(start, end), wanted)
    : undefined;
}

function hasEscape(codes: Codes, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (codes[at] === backslash) return true;
  return false;
}

function findEscaped(json: string, wanted: readonly WantedKey[]): WantedKey | undefined {
  const key: unknown = JSON.parse(json);
  return wanted.find((one) => one.key === key);
}

function skipComma(cursor: Cursor): boolean {
  const at = skipSpace(cursor.codes, cursor.at);
  if (cursor.codes[at] !== comma) return false;
  cursor.at = at + 1;
  return true;
}

/**
 * Parses what was skipped since `start`. Most values are strings without an escape, and need no
 * second look.
 */
function parse({ text, codes, at }: Cursor, start: number): unknown {
  const isPlain = codes[start] === quote && !hasEscape(codes, start, at);
  return isPlain ? text.slice(start + 1, at - 1) : JSON.parse(text.slice(start, at));
}
