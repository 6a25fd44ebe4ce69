import { signal } from '@preact/signals';
import { afterEach, expect, test, vi } from 'vitest';
import { inSlices } from './in-slices.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Node shows no pictures. */
function stubPictures(): void {
  vi.stubGlobal('requestAnimationFrame', (run: () => void) => setTimeout(run, 16));
}

/** Counts to a number, a millisecond or more for each step. */
function* countTo(end: number): Generator<undefined, number> {
  for (let at = 0; at < end; at++) {
    const begun = performance.now();
    while (performance.now() - begun < 1);
    yield;
  }
  return end;
}

test('short work is done at once', () => {
  const source = signal(3);
  const { found, isBehind } = inSlices(source, () => 0, countTo, 0);
  expect([found.value, isBehind.value]).toEqual([3, false]);
  source.value = 5;
  expect([found.value, isBehind.value]).toEqual([5, false]);
});

test('long work lets others go on, and what was found before stays until it is done', async () => {
  stubPictures();
  const source = signal(100);
  const { found, isBehind } = inSlices(source, () => 1, countTo, 0);
  let turns = 0;
  while (isBehind.value) {
    expect(found.value).toBe(0);
    turns++;
    await new Promise((resolve) => setTimeout(resolve));
  }
  expect(found.value).toBe(100);
  expect(turns).toBeGreaterThan(5);
});

test('work that was begun is dropped when the signal changes', async () => {
  stubPictures();
  const steps = new Map<number, number>();
  function* work(end: number): Generator<undefined, number> {
    for (const _ of countTo(end)) {
      steps.set(end, (steps.get(end) ?? 0) + 1);
      yield;
    }
    return end;
  }
  const source = signal(1_000);
  const { found, isBehind } = inSlices(source, () => 1, work, 0);
  const shown: number[] = [];
  found.subscribe((each) => void shown.push(each));
  await vi.waitFor(() => expect(steps.get(1_000)).toBeGreaterThan(0), { interval: 1 });
  source.value = 20;
  const before = steps.get(1_000) ?? 0;
  await vi.waitFor(() => expect(isBehind.value).toBe(false));
  // The first would have been done before the second, had it gone on.
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(steps).toEqual(
    new Map([
      [1_000, before],
      [20, 20],
    ]),
  );
  expect(shown).toEqual([0, 20]);
});
