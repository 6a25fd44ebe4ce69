import { setTimeout as sleep } from 'node:timers/promises';

/** How many times as long as the last run the next one waits: it takes at most a tenth of the time. */
const restFactor = 9;
/** The longest that it waits, in milliseconds. */
const longestRest = 1_000;

/**
 * Returns a function that runs `make` for its callers: once for all that call before it begins, and not all the time, however
 * many call. No caller gets what is older than its call.
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
