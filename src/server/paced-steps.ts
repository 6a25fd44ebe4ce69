import type { Steps } from '../admission/steps.ts';
import { Pace } from './pace.ts';

/**
 * PacedSteps runs one step in a turn of the event loop, so a review of an ordinary Pod waits for one
 * step of a large one. Work begins when all that was added before it has ended: what is unfinished
 * takes memory.
 */
export class PacedSteps {
  readonly #pace: Pace;
  readonly #waiting: Steps<void>[] = [];

  /** @param now returns the time in milliseconds */
  constructor(now?: () => number) {
    this.#pace = new Pace(() => this.#runStep(), now);
  }

  /** Adds work. It never begins before the caller has returned. */
  add(steps: Steps<void>): void {
    this.#waiting.push(steps);
    this.#pace.start();
  }

  #runStep(): boolean {
    // Work that has failed is found to be done in the next turn.
    if (this.#waiting[0]?.next().done) this.#waiting.shift();
    return this.#waiting.length > 0;
  }
}
