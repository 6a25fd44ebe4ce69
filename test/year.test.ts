import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { deal } from './year/deck.ts';
import { drills } from './year/drills/all.ts';
import { failOpenReasons } from './year/fail-open.ts';
import { judge } from './year/outcome.ts';
import { formatTable } from './year/table.ts';

/* How `.ci/long year` chooses and judges; the year itself runs on a cluster (test/year/). */

const take = (count: number, seed: number) => {
  const cards = deal([1, 2, 3, 4, 5], seed);
  return Array.from({ length: count }, () => cards.next().value);
};

test('the same seed gives the same drills, another one others', () => {
  expect(take(20, 7)).toEqual(take(20, 7));
  expect(take(20, 7)).not.toEqual(take(20, 8));
});

test('each drill comes once before any comes again', () => {
  expect(take(5, 7).toSorted()).toEqual([1, 2, 3, 4, 5]);
  expect(take(10, 7).slice(5).toSorted()).toEqual([1, 2, 3, 4, 5]);
});

const count = {
  sent: 100,
  failed: 0,
  unRewritten: 0,
  late: 0,
  p50: 1,
  p99: 2,
  longest: 3,
  messages: {},
  images: { 'm.test/x': 100 },
  perSecond: [],
  lostAt: [],
};
const quiet = { seconds: 1, admissions: count, fresh: count };
const report = (admissions: Partial<typeof count>) => ({
  ...quiet,
  apiServerUnreachable: 0,
  apiServerMessages: {},
  admissions: { ...count, ...admissions },
});
const expected = {
  drill: 'd',
  written: 'x',
  images: new Set(['m.test/x']),
  windows: [{ from: 1_000, to: 2_000 }],
  faults: [],
  reasons: { timeout: 1 },
};

describe('a drill', () => {
  test('costs what is lost in the time in which it may be, and that is no fault', () => {
    const lost = { failed: 1, unRewritten: 1, lostAt: [1_500, 2_000] as never[] };
    const outcome = judge(report({ ...lost, images: { x: 1, 'm.test/x': 98 } as never }), expected);
    expect(outcome).toMatchObject({ wrong: 1, refused: 1, allowed: 1, faults: [] });
  });

  test.each([
    ['a loss outside of that time', { failed: 1, lostAt: [2_001] }, '1 admissions lost'],
    ['an image that no rule gives', { images: { 'm.test/x': 99, 'n.test/x': 1 } }, 'n.test/x'],
  ])('has a fault for %s', (_, admissions, fault) => {
    const { faults } = judge(report(admissions as never), expected);
    expect(faults).toEqual([expect.stringContaining(fault)]);
  });

  test('says what was answered if nothing may be lost', () => {
    const lost = { failed: 1, lostAt: [1_500], messages: { 'no endpoints': 1 } };
    const { faults } = judge(report(lost as never), { ...expected, windows: [] });
    expect(faults).toEqual([expect.stringContaining('lost'), 'admissions: 1 × no endpoints']);
  });
});

test('the table has a row for each drill, and one for all', () => {
  const one = judge(report({ late: 2 }), expected);
  const table = formatTable([one, { ...one, drill: 'e' }, one]);
  expect(table.split('\n').slice(2)).toEqual([
    '| d | 2 | 400 | 0 | 0 | 4 | 2 | 0 |',
    '| e | 1 | 200 | 0 | 0 | 2 | 1 | 0 |',
    '| **all** | 3 | 600 | 0 | 0 | 6 | 3 | 0 |',
  ]);
});

test('what a drill may lose is in docs/promises.md', () => {
  const promises = readFileSync('docs/promises.md', 'utf8');
  const missing = drills.filter(({ promise = '' }) => !promises.includes(promise));
  expect(missing.map(({ name }) => name)).toEqual([]);
});

test('every drill has a name of its own', () => {
  expect(new Set(drills.map(({ name }) => name)).size).toBe(drills.length);
});

test('the log of the API server says why Pods were admitted without the webhook', () => {
  const failed =
    'Failed calling webhook, failing open pods.image-detour.io: failed calling webhook';
  const log = `I1 dispatcher.go:1] ${failed} "pods.image-detour.io": failed to call webhook: Post "https://a:443/mutate?timeout=3s": context deadline exceeded\nI1 other\n`;
  expect(failOpenReasons(log + log)).toEqual({ 'context deadline exceeded': 2 });
});
