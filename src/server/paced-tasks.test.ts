import { setImmediate as turn } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { PacedTasks } from './paced-tasks.ts';

test('runs so many tasks in a turn of the event loop, in their order, and lets others run in between', async () => {
  const tasks = new PacedTasks(2, () => 0);
  const done: (number | string)[] = [];
  for (let index = 0; index < 5; index++) tasks.add(() => done.push(index));
  // A task that another one adds waits for its turn as well.
  tasks.add(() => tasks.add(() => done.push('added')));
  expect(done).toEqual([]);
  for (let round = 0; round < 5; round++) {
    await turn();
    done.push('-');
  }
  expect(done).toEqual([0, 1, '-', 2, 3, '-', 4, '-', 'added', '-', '-']);
});

test('after a task that took 60 ms others have as much', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  let time = 0;
  const tasks = new PacedTasks(1, () => time);
  const done: number[] = [];
  const add = (index: number) =>
    tasks.add(() => {
      time += 60;
      done.push(index);
    });
  add(0);
  add(1);
  await turn();
  vi.advanceTimersByTime(59);
  await turn();
  expect(done).toEqual([0]);
  vi.advanceTimersByTime(1);
  expect(done).toEqual([0, 1]);
  // The same for a task that is added when all have ended.
  add(2);
  await turn();
  expect(done).toEqual([0, 1]);
  vi.advanceTimersByTime(60);
  expect(done).toEqual([0, 1, 2]);
  vi.useRealTimers();
});
