import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { ReviewQueue } from './review-queue.ts';

const kibibyte = 1024;

let queue: ReviewQueue;
/** What happened to reviews, by their names, in that order. */
let events: string[];

beforeEach(() => {
  queue = new ReviewQueue();
  events = [];
});

function add(name: string, size: number): void {
  if (queue.admit(size)) events.push(name);
  else {
    queue.wait({
      size,
      begin: () => events.push(name),
      evict: () => events.push(`${name} evicted`),
    });
  }
}

/** Fills this turn, so that what comes next waits. */
function fillTurn(): void {
  add('full', 128 * kibibyte);
  events = [];
}

test('a review begins at once while little has arrived in a turn', async () => {
  for (let index = 0; index < 8; index++) add('ordinary', 16 * kibibyte);
  expect(events).toHaveLength(8);
  add('a', 1);
  expect(events).toHaveLength(8);
  await nextTurn();
  add('b', 1);
  expect(events.slice(8)).toEqual(['a', 'b']);
});

test('one review larger than usual begins in a turn', async () => {
  add('ordinary', 16 * kibibyte);
  add('large', 17 * kibibyte);
  add('large too', 17 * kibibyte);
  expect(events).toEqual(['ordinary', 'large']);
  await nextTurn();
  expect(events).toEqual(['ordinary', 'large', 'large too']);
});

test('what waits is reviewed by its size, and of like sizes in the order in which it came', async () => {
  fillTurn();
  add('large', 60 * kibibyte);
  add('small', 2 * kibibyte);
  add('empty', 0);
  add('small too', 3 * kibibyte);
  await nextTurn();
  expect(events).toEqual(['empty', 'small', 'small too', 'large']);
});

test('a turn has an end, and what comes meanwhile is not behind all that waits', async () => {
  fillTurn();
  for (let index = 0; index < 10; index++) add(`large ${index}`, 60 * kibibyte);
  await nextTurn();
  expect(events).toEqual(['large 0']);
  add('small', kibibyte);
  expect(events.at(-1)).toBe('small');
  await expect.poll(() => events).toHaveLength(11);
});

test('if more waits than there is room for, the largest that came last are given up', async () => {
  fillTurn();
  for (let index = 0; index < 4_080; index++) add('small', 2 * kibibyte);
  add('large 1', 20 * kibibyte);
  add('large 2', 20 * kibibyte);
  expect(events).toEqual(['large 2 evicted']);
  for (let index = 0; index < 7; index++) add('small', 2 * kibibyte);
  expect(events).toEqual(['large 2 evicted', 'large 1 evicted']);
});
