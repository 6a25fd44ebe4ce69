/** A delay that nobody notices, in milliseconds. */
const shortTime = 1;

/**
 * PacedTasks runs tasks in the order in which they were added, `perTurn` of them in a turn of the
 * event loop. What else has arrived by then is handled in between, so a review of an ordinary Pod
 * waits for one turn, not for all tasks. After tasks that took long, everything else gets as much
 * time.
 */
export class PacedTasks {
  readonly #perTurn: number;
  readonly #now: () => number;
  #tasks: (() => void)[] = [];
  #isScheduled = false;

  /** @param now returns the time in milliseconds */
  constructor(perTurn: number, now = () => performance.now()) {
    this.#perTurn = perTurn;
    this.#now = now;
  }

  /** Adds a task. It never runs before its caller has returned. */
  add(task: () => void): void {
    this.#tasks.push(task);
    if (!this.#isScheduled) setImmediate(() => this.#run());
    this.#isScheduled = true;
  }

  #run(): void {
    const begun = this.#now();
    try {
      for (const task of this.#tasks.splice(0, this.#perTurn)) task();
    } finally {
      this.#goOn(this.#now() - begun);
    }
  }

  #goOn(taken: number): void {
    if (taken >= shortTime) setTimeout(() => this.#run(), taken);
    else if (this.#tasks.length > 0) setImmediate(() => this.#run());
    else this.#isScheduled = false;
  }
}
