import { expect, test } from 'vitest';
import { RunLog } from './run-log.ts';

function read(...records: readonly (object | string)[]) {
  const log = new RunLog();
  for (const one of records) log.note(typeof one === 'string' ? one : JSON.stringify(one));
  return log.evidence;
}

const plan = { event: 'plan', copy: 2, nothing: 1, impossible: 1 };
const copied = { event: 'finished', status: 'copied', destination: 'm/a:1' };
const failed = {
  event: 'finished',
  status: 'failed',
  destination: 'm/b:1',
  listed: [{ image: 'b:1' }],
  message: 'broken',
};

test('nothing is counted before there is a plan', () => {
  expect(read('', 'detour: warning', '{"a":1}', '[', 'null')).toEqual({
    counts: undefined,
    failures: [],
    hasMore: false,
  });
});

test('images are counted as they finish', () => {
  expect(read(plan, copied, failed, { event: 'finished', status: 'deferred' })).toMatchObject({
    counts: { images: 4, copied: 1, present: 0, failed: 1, left: 1 },
    failures: [{ image: 'b:1', message: 'broken' }, { image: '' }],
    hasMore: false,
  });
});

test('the end of a log has the counts, though its beginning is gone', () => {
  const progress = { event: 'progress', images: 9, copied: 3, present: 2, failed: 2, left: 0 };
  const evidence = read(copied, failed, progress, copied);
  expect(evidence.counts).toMatchObject({ images: 9, copied: 4, present: 2, failed: 2 });
  expect(evidence).toMatchObject({ failures: [{ image: 'b:1' }], hasMore: true });
});

test('a failure that is repeated at the end is one', () => {
  const finding = { event: 'failure', image: 'x:1', place: 'l:1', message: 'no rule' };
  const summary = { event: 'summary', images: 2, copied: 1, present: 0, failed: 1, findings: 1 };
  const evidence = read(plan, failed, { ...failed, event: 'failure' }, finding, summary);
  expect(evidence.failures).toEqual([
    { image: 'b:1', message: 'broken' },
    { image: 'x:1', message: 'no rule' },
  ]);
  expect(evidence.hasMore).toBe(false);
});
