import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { PacedTasks } from './paced-tasks.ts';

test('runs so many tasks in a turn of the event loop, in their order, and lets others run in between', async () => {
  const tasks = new PacedTasks(2);
  const done: (number | string)[] = [];
  for (let index = 0; index < 5; index++) tasks.add(() => done.push(index));
  // One that is added by another waits for its turn as well.
  tasks.add(() => tasks.add(() => done.push('added')));
  expect(done).toEqual([]);
  for (let round = 0; round < 5; round++) {
    await turn();
    done.push('-');
  }
  expect(done).toEqual([0, 1, '-', 2, 3, '-', 4, '-', 'added', '-', '-']);
});
