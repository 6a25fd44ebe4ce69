import { setImmediate as turn } from 'node:timers/promises';

/** FairQueueOptions are how long keys rest. */
export interface FairQueueOptions {
  /** How long a key rests after its turn, in milliseconds. */
  readonly rest: number;
  /** How long a key rests if its task failed, in milliseconds. Then it is added again. */
  readonly retry: number;
}

/**
 * FairQueue runs a task for each key that is added, one at a time, in the order in which the keys
 * were added. A key that is added all the time has one turn per rest, so the others wait for one
 * round at most.
 */
export class FairQueue {
  readonly #task: (key: string) => Promise<boolean>;
  readonly #options: FairQueueOptions;
  readonly #waiting = new Set<string>();
  /** The keys that had a turn recently, and whether they were added again. */
  readonly #resting = new Map<string, boolean>();
  #work: Promise<void> | undefined;
  #isStopped = false;

  /** @param task reports whether it succeeded, and never throws */
  constructor(task: (key: string) => Promise<boolean>, options: FairQueueOptions) {
    this.#task = task;
    this.#options = options;
  }

  /** Adds a key. If it rests, its turn comes after the rest. */
  add(key: string): void {
    if (this.#isStopped) return;
    if (this.#resting.has(key)) {
      this.#resting.set(key, true);
      return;
    }
    this.#waiting.add(key);
    this.#work ??= this.#run();
  }

  /** Resolves when no key waits. It does not wait for resting keys. */
  async idle(): Promise<void> {
    while (this.#work !== undefined) await this.#work;
  }

  /** Drops the waiting keys and accepts no more. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting.clear();
  }

  async #run(): Promise<void> {
    // The caller goes on before anything runs: a task that adds a key must not begin a second
    // round.
    await turn();
    // A key that is added meanwhile goes to the end of the set, and so is reached too.
    for (const key of this.#waiting) {
      this.#waiting.delete(key);
      // From here on, a change means another turn.
      this.#resting.set(key, false);
      const isDone = await this.#task(key);
      this.#rest(key, isDone);
      // Reviews run in between.
      await turn();
    }
    // In the same step in which no key was left, so that the next key begins a new run.
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
