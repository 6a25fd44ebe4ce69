/**
 * Runs tasks in the order in which they were added, so many in a turn of the event loop. Whatever else has arrived by then is
 * handled in between: a review of a usual Pod waits for one such task, not for all.
 */
export class PacedTasks {
  readonly #perTurn: number;
  #tasks: (() => void)[] = [];
  #isScheduled = false;

  constructor(perTurn: number) {
    this.#perTurn = perTurn;
  }

  add(task: () => void): void {
    this.#tasks.push(task);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#tasks.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => this.#run());
  }

  #run(): void {
    this.#isScheduled = false;
    for (const task of this.#tasks.splice(0, this.#perTurn)) task();
    this.#schedule();
  }
}
