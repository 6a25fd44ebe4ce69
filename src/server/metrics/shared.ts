import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How many times as long as the last run the next one waits: runs take at most a tenth of the time.
 */
const restFactor = 9;
/** The longest wait, in milliseconds. */
const longestRest = 1_000;

/**
 * Returns a function that runs `make` for its callers: once for all calls before it begins, and
 * with rests, however many calls there are. No caller gets a result of a run that began before the
 * call.
 */
export function shared<Made>(make: () => Promise<Made>): () => Promise<Made> {
  let next: Promise<Made> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let restUntil = 0;
  const run = async () => {
    await last.catch(() => undefined);
    const rest = restUntil - performance.now();
    if (rest > 0) await sleep(rest);
    next = undefined;
    const begun = performance.now();
    try {
      return await make();
    } finally {
      const taken = performance.now() - begun;
      restUntil = begun + taken + Math.min(taken * restFactor, longestRest);
    }
  };
  return () => {
    if (next === undefined) {
      next = run();
      last = next;
    }
    return next;
  };
}
