import { describe, expect, test } from 'vitest';
import { boundLine, maxLineSize, showControls } from './log-line.ts';

const line = (fields: object) => `${JSON.stringify({ level: 'warn', time: 'now', ...fields })}\n`;

describe('boundLine', () => {
  test('leaves a line as it is up to the bound', () => {
    const usual = line({ msg: 'rewrote', images: ['x'.repeat(10_000)] });
    expect(boundLine(usual)).toBe(usual);
  });

  test('names ten of many, and cuts long texts', () => {
    const diagnostics = Array.from(
      { length: 20_000 },
      (_, index) => `rules.yaml:${index}: unknown`,
    );
    const bounded = JSON.parse(
      boundLine(line({ file: 'f'.repeat(1e6), diagnostics, msg: 'broken' })),
    );
    expect(bounded).toMatchObject({ level: 'warn', time: 'now', msg: 'broken' });
    expect(bounded.diagnostics).toEqual([...diagnostics.slice(0, 10), 'and 19990 more']);
    expect(bounded.file).toContain('characters left out');
  });

  test.each([
    ['nested', { a: Array(20).fill(Array(20).fill(Array(20).fill('x'.repeat(1e3)))) }],
    ['many keys', Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [`k${i}`, i]))],
    ['long keys', { ['k'.repeat(1e6)]: 1 }],
    [
      'escapes',
      {
        images: Array(20).fill('\u0001'.repeat(1e4)),
        more: Array(20).fill(['\u0001'.repeat(1e4)]),
      },
    ],
    ['characters of three bytes', { images: Array(50).fill('中'.repeat(1_000)) }],
    ['a message of megabytes', { msg: 'm'.repeat(3e6) }],
  ])('is never exceeded: %s', (_, fields) => {
    const bounded = boundLine(line({ msg: 'odd', ...fields }));
    expect(Buffer.byteLength(bounded)).toBeLessThanOrEqual(maxLineSize);
    expect(JSON.parse(bounded)).toMatchObject({ level: 'warn', time: 'now' });
    expect(bounded.endsWith('}\n')).toBe(true);
  });
});

describe('showControls', () => {
  const shown = (value: string) => JSON.parse(showControls(line({ value }))).value;

  test.each([
    ['a line feed', 'a\nb', 'a\\nb'],
    ['a carriage return and a tab', 'a\r\tb', 'a\\r\\tb'],
    ['an escape sequence', '\u001b[2J', '\\u001b[2J'],
    ['DEL and C1', '\u007f\u009b', '\\u007f\\u009b'],
    ['line separators', '\u2028\u2029', '\\u2028\\u2029'],
    ['text that runs backwards', '\u202egnp.exe', '\\u202egnp.exe'],
    ['invisible letters beyond the BMP', '\u{e0041}', '\\u{e0041}'],
    ['half of a pair', 'a\ud800b', 'a\\ud800b'],
  ])('shows %s', (_, value, expected) => {
    expect(shown(value)).toBe(expected);
  });

  test.each(['a\\nb', 'C:\\u001b', '"quoted"', '中文 é 😀', 'a/b', '\\'])('leaves %s', (value) => {
    expect(shown(value)).toBe(value);
  });

  test('shows them in names of fields as well', () => {
    expect(JSON.parse(showControls(line({ 'a\nb': { 'c\u001b': 1 } })))).toMatchObject({
      'a\\nb': { 'c\\u001b': 1 },
    });
  });

  test('leaves the end of the line', () => {
    expect(showControls(line({})).endsWith('}\n')).toBe(true);
  });
});
