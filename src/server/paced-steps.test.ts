import { setImmediate as turn } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type { Steps } from '../admission/steps.ts';
import { PacedSteps } from './paced-steps.ts';

test('runs one step in a turn of the event loop, and all of one before the next begins', async () => {
  const paced = new PacedSteps(() => 0);
  const done: string[] = [];
  function* work(name: string, steps: number): Steps<void> {
    for (let step = 1; step < steps; step++) {
      done.push(`${name}${step}`);
      yield;
    }
    done.push(`${name} ends`);
  }
  paced.add(work('a', 3));
  paced.add(work('b', 2));
  paced.add(work('c', 1));
  expect(done).toEqual([]);
  for (let round = 0; round < 7; round++) {
    await turn();
    done.push('-');
  }
  const inTurns = ['a1', 'a2', 'a ends', 'b1', 'b ends', 'c ends'].flatMap((each) => [each, '-']);
  expect(done).toEqual([...inTurns, '-']);
});

test('after a step that took 20 ms others have as much', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  let time = 0;
  const paced = new PacedSteps(() => time);
  let steps = 0;
  function* work(): Steps<void> {
    for (;;) {
      time += 20;
      steps++;
      yield;
    }
  }
  paced.add(work());
  await turn();
  vi.advanceTimersByTime(19);
  await turn();
  expect(steps).toBe(1);
  vi.advanceTimersByTime(1);
  expect(steps).toBe(2);
  vi.useRealTimers();
});

test('work that fails has ended, and the next begins', async () => {
  const paced = new PacedSteps(() => 0);
  let hasBegun = false;
  const failure = new Promise((resolve) => process.once('uncaughtException', resolve));
  const others = process.rawListeners('uncaughtException').slice(0, -1);
  for (const each of others) process.removeListener('uncaughtException', each as () => void);
  function* failing(): Steps<void> {
    yield;
    throw new Error('no');
  }
  function* next(): Steps<void> {
    hasBegun = true;
    yield;
  }
  paced.add(failing());
  paced.add(next());
  expect(await failure).toEqual(new Error('no'));
  for (const each of others) process.on('uncaughtException', each as () => void);
  await turn();
  await turn();
  expect(hasBegun).toBe(true);
});
