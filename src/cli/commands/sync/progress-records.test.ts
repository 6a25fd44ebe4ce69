import { expect, test } from 'vitest';
import { outcomeOf, plannedImage } from '../../../../test/support/outcome.ts';
import { ProgressRecords } from './progress-records.ts';

test('counts are due every ten seconds, whatever happens in between', () => {
  const images = ['a', 'b', 'c'].map((name) => plannedImage(name));
  const records = new ProgressRecords({ images, findings: [], notes: [] }, 0);
  const finish = (at: number, status: 'copied' | 'failed', time: number) => {
    const outcome = outcomeOf(images[at] ?? plannedImage('x'), { status });
    return records.note({ type: 'finished', outcome }, time);
  };
  expect(finish(0, 'copied', 9_999)).toBeUndefined();
  expect(finish(1, 'failed', 10_000)).toEqual({
    ...{ event: 'progress', images: 3, copied: 1, present: 0, failed: 1, left: 0, findings: 0 },
  });
  expect(records.note({ type: 'bytes', bytes: 1 }, 19_999)).toBeUndefined();
  expect(records.note({ type: 'bytes', bytes: 1 }, 20_000)).toMatchObject({ copied: 1 });
  expect([...records.failures()]).toMatchObject([{ event: 'failure', status: 'failed' }]);
});
