import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { afterOthers, atEndOfTurn } from './end-of-turn.ts';

test('tasks run in the order in which they came, those that take long after the others of their turn', async () => {
  const order: string[] = [];
  const note = (name: string) => () => order.push(name);
  afterOthers(note('large'));
  atEndOfTurn(note('first'));
  // As reviews do that arrive while the large answer is made.
  await Promise.resolve();
  atEndOfTurn(note('second'));
  expect(order).toEqual([]);
  await sleep(20);
  expect(order).toEqual(['first', 'second', 'large']);
});
