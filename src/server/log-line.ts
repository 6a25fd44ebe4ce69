import { cutText } from '../admission/cut-text.ts';

/**
 * maxLineSize is the longest line, in bytes. Most are far shorter, but names, images and rules come
 * from others, who must not decide how long a line gets.
 */
export const maxLineSize = 64 * 1024;
/** How many items of a list, and fields of an object, are kept of a line that is too long. */
const maxItems = 10;
const maxDepth = 4;

/**
 * Returns a line of the log, which is JSON. If it is longer than `maxLineSize`, it is shortened and
 * stays JSON.
 */
export function boundLine(line: string): string {
  if (fits(line)) return line;
  const fields = JSON.parse(line) as Record<string, unknown>;
  const entries = Object.entries(fields).map(([key, value]) => [key, shorten(value, maxDepth)]);
  const shortened = `${JSON.stringify(Object.fromEntries(entries))}\n`;
  if (fits(shortened)) return shortened;
  const { level, time, msg } = fields;
  return `${JSON.stringify({ level, time, msg: shorten(msg, 0), leftOut: 'all fields, because they are too long' })}\n`;
}

function fits(line: string): boolean {
  // A UTF-16 unit takes at most three bytes.
  return line.length * 3 <= maxLineSize || Buffer.byteLength(line) <= maxLineSize;
}

function shorten(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cutText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '…';
  const more = (count: number) => `and ${count - maxItems} more`;
  if (Array.isArray(value)) {
    const items = value.slice(0, maxItems).map((item) => shorten(item, depth - 1));
    return value.length > maxItems ? [...items, more(value.length)] : items;
  }
  const all = Object.entries(value);
  const entries = all
    .slice(0, maxItems)
    .map(([key, item]) => [cutText(key), shorten(item, depth - 1)]);
  if (all.length > maxItems) entries.push(['…', more(all.length)]);
  return Object.fromEntries(entries);
}

/**
 * Matches an escape in JSON, and a character that moves the cursor, is invisible, or changes the
 * direction of text.
 */
const escapeOrControl = /\\u[\da-f]{4}|\\.|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/giu;

/**
 * Returns a line of the log, which is JSON, with all control and format characters shown as escapes
 * (`\n`, `\u001b`) wherever they are. Terminals interpret some of them, and a name with a line feed
 * could be taken for a separate line.
 */
export function showControls(line: string): string {
  return `${line.trimEnd().replace(escapeOrControl, showOne)}\n`;
}

function showOne(found: string): string {
  if (found.startsWith('\\')) return /[bfnrtu]/i.test(found[1] ?? '') ? `\\${found}` : found;
  const code = (found.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\\\u{${code}}` : `\\\\u${code.padStart(4, '0')}`;
}
