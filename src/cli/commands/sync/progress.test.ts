import { describe, expect, test } from 'vitest';
import { outcomeOf, plannedImage } from '../../../../test/support/outcome.ts';
import type { PlannedImage } from '../../../mirror/plan.ts';
import { formatProgress } from './live-line.ts';
import { ProgressCount } from './progress.ts';

const mebibyte = 2 ** 20;

describe('progress', () => {
  test('counts images and bytes, and estimates rate and time', () => {
    const images = ['a', 'b', 'c', 'd'].map((name) => plannedImage(name));
    const [a, b] = images as [PlannedImage, PlannedImage];
    const count = new ProgressCount([...images, plannedImage('e', 'nothing')]);
    for (const one of [a, b]) {
      count.note({ type: 'started', planned: one }, 0);
      count.note({ type: 'sized', planned: one, bytes: 100 * mebibyte }, 0);
    }
    for (let second = 1; second <= 10; second++)
      count.note({ type: 'bytes', bytes: 10 * mebibyte }, second * 1000);
    const blob = { type: 'blob', planned: a, digest: 'd' } as const;
    count.note({ ...blob, bytes: 60 * mebibyte, way: 'uploaded' }, 10_000);
    count.note({ ...blob, bytes: 40 * mebibyte, way: 'mounted' }, 10_000);
    count.note({ type: 'finished', outcome: outcomeOf(a) }, 10_000);
    // 140 of 400 MiB took 10 s.
    expect(count.at(10_000)).toEqual({
      done: 1,
      total: 5,
      bytes: 100 * mebibyte,
      rate: 10 * mebibyte,
      left: expect.closeTo(18_571, -1),
      running: ['b:1'],
    });
    expect(formatProgress(count.at(10_000))).toBe('1/5 images, 100 MiB, 10 MiB/s, 19 s left: b:1');
  });

  test('says nothing that it does not know', () => {
    const count = new ProgressCount([plannedImage('a')]);
    expect(formatProgress(count.at(0))).toBe('0/1 images, 0 B');
  });

  test('falls to nothing when nothing comes any more', () => {
    const count = new ProgressCount([plannedImage('a')]);
    count.note({ type: 'bytes', bytes: 5 * mebibyte }, 0);
    expect(count.at(1_000).rate).toBeGreaterThanOrEqual(0);
    expect(count.at(60_000).rate).toBe(0);
  });
});
