import type { Terminal } from '../../terminal.ts';
import { betweenDraws, canRedraw, clearLine } from './redrawn-line.ts';

/** Looking shows on a terminal that registries are asked about images, before anything is copied. */
export interface Looking {
  at(done: number, total: number): void;
  end(): void;
}

/** Starts a display on standard error of what is done; none if that is not a terminal. */
export function showLooking({ stderr, env }: Terminal, what = 'looking at images'): Looking {
  if (!canRedraw(stderr, env)) return { at: () => undefined, end: () => undefined };
  let last = performance.now();
  let isDrawn = false;
  return {
    at: (done, total) => {
      const now = performance.now();
      if (now - last < betweenDraws) return;
      last = now;
      isDrawn = true;
      stderr.write(`${clearLine}${what}: ${done} of ${total}`);
    },
    end: () => {
      if (isDrawn) stderr.write(clearLine);
    },
  };
}
