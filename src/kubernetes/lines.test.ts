import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Line, readLines } from './lines.ts';

async function linesOf(chunks: readonly Buffer[], limit: number): Promise<Line[]> {
  const lines: Line[] = [];
  const arriving = (async function* () {
    yield* chunks;
  })();
  for await (const line of readLines(arriving, limit)) lines.push(line);
  return lines;
}

test('lines come out as they went in, however they are cut', async () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ' '));
  const cuts = fc.array(fc.nat(200));
  await fc.assert(
    fc.asyncProperty(fc.array(line), cuts, async (texts, at) => {
      const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
      const places = [0, ...at.toSorted((a, b) => a - b), bytes.length];
      const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      expect(await linesOf(chunks, 10_000)).toEqual(texts.map((text) => ({ text, isWhole: true })));
    }),
  );
});

test('of a line that is too long the beginning is kept; the next one is whole again', async () => {
  const chunks = ['abc', 'def', 'ghi\nx', 'y\n'].map((text) => Buffer.from(text));
  expect(await linesOf(chunks, 4)).toEqual([
    { text: 'abcd', isWhole: false },
    { text: 'xy', isWhole: true },
  ]);
});

test('a line without its end is dropped', async () => {
  expect(await linesOf([Buffer.from('a\nb')], 4)).toEqual([{ text: 'a', isWhole: true }]);
});
