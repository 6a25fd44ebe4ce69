/** A delay that nobody notices, in milliseconds. */
const shortTime = 1;

/**
 * Pace repeats a step, once in a turn of the event loop, as long as there is something left. What
 * else has arrived by then is handled in between. After a step that took long, everything else gets
 * as much time.
 */
export class Pace {
  readonly #step: () => boolean;
  readonly #now: () => number;
  #isScheduled = false;

  /**
   * @param step reports whether something is left
   * @param now returns the time in milliseconds
   */
  constructor(step: () => boolean, now = () => performance.now()) {
    this.#step = step;
    this.#now = now;
  }

  /** Begins, unless it has begun. The step never runs before the caller has returned. */
  start(): void {
    if (!this.#isScheduled) setImmediate(() => this.#run());
    this.#isScheduled = true;
  }

  #run(): void {
    const begun = this.#now();
    let isLeft = true;
    try {
      isLeft = this.#step();
    } finally {
      this.#goOn(isLeft, this.#now() - begun);
    }
  }

  #goOn(isLeft: boolean, taken: number): void {
    if (taken >= shortTime) setTimeout(() => this.#run(), taken);
    else if (isLeft) setImmediate(() => this.#run());
    else this.#isScheduled = false;
  }
}
