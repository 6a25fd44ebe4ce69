import { setImmediate as turn } from 'node:timers/promises';

export interface FairQueueOptions {
  /** How long a key rests after its turn, in milliseconds. */
  readonly rest: number;
  /** The same if its task failed; then it comes again by itself. */
  readonly retry: number;
}

/**
 * Runs a task for each key that is added, one at a time, in the order in which they came. A key that is added over and over
 * has one turn a rest, so the others wait for one round at most.
 */
export class FairQueue {
  readonly #task: (key: string) => Promise<boolean>;
  readonly #options: FairQueueOptions;
  readonly #waiting = new Set<string>();
  /** The keys that had a turn lately, and whether they want another one. */
  readonly #resting = new Map<string, boolean>();
  #work: Promise<void> | undefined;
  #isStopped = false;

  /** `task` returns whether it succeeded, and never throws. */
  constructor(task: (key: string) => Promise<boolean>, options: FairQueueOptions) {
    this.#task = task;
    this.#options = options;
  }

  add(key: string): void {
    if (this.#isStopped) return;
    if (this.#resting.has(key)) {
      this.#resting.set(key, true);
      return;
    }
    this.#waiting.add(key);
    this.#work ??= this.#run();
  }

  /** Resolves when no key waits. Those that rest are not waited for. */
  async idle(): Promise<void> {
    while (this.#work !== undefined) await this.#work;
  }

  stop(): void {
    this.#isStopped = true;
    this.#waiting.clear();
  }

  async #run(): Promise<void> {
    // Nothing runs before its caller goes on: a task that adds a key must not begin a second round.
    await turn();
    // A key that is added meanwhile goes to the end of the set, and so is reached as well.
    for (const key of this.#waiting) {
      this.#waiting.delete(key);
      // From here on a change is a new one.
      this.#resting.set(key, false);
      const isDone = await this.#task(key);
      this.#rest(key, isDone);
      // Reviews go in between.
      await turn();
    }
    // In the same step in which no key was left: one that is added next begins anew.
    this.#work = undefined;
  }

  #rest(key: string, isDone: boolean): void {
    const { rest, retry } = this.#options;
    const timer = setTimeout(
      () => {
        const isWanted = this.#resting.get(key);
        this.#resting.delete(key);
        if (isWanted || !isDone) this.add(key);
      },
      isDone ? rest : retry,
    );
    timer.unref();
  }
}
