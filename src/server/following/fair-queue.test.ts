import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FairQueue } from './fair-queue.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => vi.useRealTimers());

const options = { rest: 1_000, retry: 5_000 };
let turns: string[] = [];
let failing = new Set<string>();
let added: Record<string, readonly string[]> = {};
beforeEach(() => {
  turns = [];
  failing = new Set();
  added = {};
});

function makeQueue(): FairQueue {
  const queue = new FairQueue(async (key) => {
    turns.push(key);
    for (const more of added[key] ?? []) queue.add(more);
    return !failing.has(key);
  }, options);
  return queue;
}

test('each key has its turn, in the order in which they came, however often they are added', async () => {
  const queue = makeQueue();
  for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
  await queue.idle();
  expect(turns).toEqual(['a', 'b', 'c']);
});

test('a key that is added during every turn does not keep the others waiting, and rests after its own', async () => {
  const queue = makeQueue();
  for (const key of ['a', 'b', 'c']) added[key] = ['a'];
  for (const key of ['a', 'b', 'c']) queue.add(key);
  await queue.idle();
  expect(turns).toEqual(['a', 'b', 'c']);
  await vi.advanceTimersByTimeAsync(999);
  expect(turns).toHaveLength(3);
  await vi.advanceTimersByTimeAsync(1);
  await queue.idle();
  expect(turns).toEqual(['a', 'b', 'c', 'a']);
});

test('what changed during its own turn comes again', async () => {
  const queue = makeQueue();
  added.a = ['a'];
  queue.add('a');
  await queue.idle();
  added = {};
  await vi.advanceTimersByTimeAsync(1_000);
  await queue.idle();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(turns).toEqual(['a', 'a']);
});

test('a task that adds keys from its first step on does not begin a second round', async () => {
  const queue = makeQueue();
  added.a = ['b', 'c'];
  queue.add('a');
  await queue.idle();
  expect(turns).toEqual(['a', 'b', 'c']);
});

test('what failed comes again by itself, later', async () => {
  const queue = makeQueue();
  failing = new Set(['a']);
  queue.add('a');
  await queue.idle();
  failing = new Set();
  await vi.advanceTimersByTimeAsync(4_999);
  expect(turns).toEqual(['a']);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(turns).toEqual(['a', 'a']);
});

test('once stopped it does nothing more', async () => {
  const queue = makeQueue();
  queue.add('a');
  queue.stop();
  queue.add('b');
  await queue.idle();
  expect(turns).toEqual([]);
});
