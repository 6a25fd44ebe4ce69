import { Pace } from './pace.ts';

/**
 * PacedTasks runs tasks in the order in which they were added, `perTurn` of them in a turn of the
 * event loop, so a review of an ordinary Pod waits for one turn, not for all tasks.
 */
export class PacedTasks {
  readonly #perTurn: number;
  readonly #pace: Pace;
  #tasks: (() => void)[] = [];

  /** @param now returns the time in milliseconds */
  constructor(perTurn: number, now?: () => number) {
    this.#perTurn = perTurn;
    this.#pace = new Pace(() => this.#runSome(), now);
  }

  /** Adds a task. It never runs before its caller has returned. */
  add(task: () => void): void {
    this.#tasks.push(task);
    this.#pace.start();
  }

  #runSome(): boolean {
    for (const task of this.#tasks.splice(0, this.#perTurn)) task();
    return this.#tasks.length > 0;
  }
}
