import { expect, test } from 'vitest';
import { outcomeOf, plannedImage } from '../../../../test/support/outcome.ts';
import { findingLine, formatBytes, formatTime, outcomeLine, summaryLine } from './text.ts';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [20 * 2 ** 20, '20 MiB'],
  [3 * 2 ** 40, '3.0 TiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [40, '0.0 s'],
  [9_940, '9.9 s'],
  [61_000, '61 s'],
  [180_000, '3 min'],
  [7_500_000, '2 h 5 min'],
])('%d milliseconds are %s', (milliseconds, text) => {
  expect(formatTime(milliseconds)).toBe(text);
});

const outcome = outcomeOf(plannedImage('x'), {
  status: 'failed',
  message: 'no\u001b[2J\nway',
  warnings: ['so\u0007so'],
});
const plain = (_style: unknown, text: string) => text;

test('what registries and lists say does not control a terminal', () => {
  expect(outcomeLine(outcome, plain)).toBe(
    'failed    x:1 -> m.example/x:1  (no\\u001b[2J\\u000away)\nwarning   so\\u0007so\n',
  );
  const finding = { code: 'unmatched', image: 'x:1', place: 'a\u001bb:1', message: 'm' } as const;
  expect(findingLine(finding, plain)).toBe('finding   x:1 (a\\u001bb:1): unmatched: m\n');
});

test('the end says how many of what', () => {
  const numbers = {
    images: 5,
    copied: 2,
    present: 1,
    failed: 1,
    left: 1,
    findings: 2,
    changedDigests: 0,
  };
  expect(
    summaryLine({
      ...numbers,
      referrers: 0,
      uploaded: 2 ** 20,
      mounted: 2 ** 10,
      milliseconds: 12_000,
    }),
  ).toBe(
    '5 images in 12 s: 2 copied (1.0 MiB uploaded, 1.0 KiB were there), 1 present, 1 failed, 1 left for another run, 2 listed without a place in the mirror\n',
  );
});
