/** What nobody notices, in milliseconds. */
const shortTime = 1;

/**
 * Runs tasks in the order in which they were added, so many in a turn of the event loop. Whatever else has arrived by then is
 * handled in between: a review of a usual Pod waits for one such task, not for all. After tasks that took their time others
 * have as much.
 */
export class PacedTasks {
  readonly #perTurn: number;
  readonly #now: () => number;
  #tasks: (() => void)[] = [];
  #isScheduled = false;

  /** @param now the time in milliseconds */
  constructor(perTurn: number, now = () => performance.now()) {
    this.#perTurn = perTurn;
    this.#now = now;
  }

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
