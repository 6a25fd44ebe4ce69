import { effect, type ReadonlySignal, signal } from '@preact/signals';

/** How long a slice of work may take, in milliseconds: half a frame. */
const sliceTime = 8;

/** Sliced is what was worked out last, and whether the signal has changed since. */
export interface Sliced<Found> {
  readonly found: ReadonlySignal<Found>;
  readonly isBehind: ReadonlySignal<boolean>;
}

/**
 * Works out what follows from a signal: at once if `rest` is 0. Otherwise the work begins so many
 * milliseconds after the next picture, and goes on in slices; when the signal changes, it is
 * dropped and begins again. `work` yields where it can be interrupted.
 */
export function inSlices<Value, Found>(
  source: ReadonlySignal<Value>,
  rest: (value: Value) => number,
  work: (value: Value) => Generator<undefined, Found>,
  first: Found,
): Sliced<Found> {
  const found = signal(first);
  const isBehind = signal(false);
  let current: unknown;
  effect(() => {
    const { value } = source;
    const steps = work(value);
    current = steps;
    const goOn = (time: number) => {
      if (steps !== current) return;
      const end = performance.now() + time;
      let step = steps.next();
      while (!step.done && performance.now() < end) step = steps.next();
      if (!step.done) setTimeout(goOn, 0, sliceTime);
      else {
        found.value = step.value;
        isBehind.value = false;
      }
    };
    const waiting = rest(value);
    if (waiting === 0) return goOn(Number.POSITIVE_INFINITY);
    isBehind.value = true;
    requestAnimationFrame(() => setTimeout(goOn, waiting, sliceTime));
  });
  return { found, isBehind };
}
