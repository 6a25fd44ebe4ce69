/** Something large that takes part of the memory for a while, in turn with its like. */
export interface TurnTaker {
  /** What it may come to, in bytes. */
  readonly claim: number;
  /** What has arrived of it, in bytes. */
  readonly size: number;
  /** Whether its sender is waited for, and not this process. */
  readonly isAwaited: boolean;
  /** Its turn has come. */
  begin(): void;
  /** Gives up, and ends its turn or its wait: others need its place. */
  evict(): void;
}

/** What all whose turn it is may come to, in bytes: two of the largest legitimate bodies, or many smaller ones. */
const room = 36 * 1024 * 1024;
/** Next to two turns: sixteen of the largest legitimate bodies are taken at once. */
const maxWaiting = 14;
/** How often those whose turn it is are looked at while others wait, in milliseconds. */
const lookInterval = 50;
/**
 * After so many looks, in all and in a row without anything new, a sender that is waited for is late: after three seconds, or
 * one. A client that prepares several of the largest bodies is silent for most of a second. Looks are counted and not time,
 * because a process that gets no processor does not look.
 */
const maxLooks = 60;
const maxIdleLooks = 20;

interface Progress {
  size: number;
  looks: number;
  idleLooks: number;
}

/** Whose turn it is, and who waits for one. */
export class Turns {
  readonly #current = new Map<TurnTaker, Progress>();
  #taken = 0;
  readonly #waiting = new Set<TurnTaker>();
  #look: NodeJS.Timeout | undefined;

  /**
   * Calls `begin` when it is the taker's turn, at once if there is room; the turn ends by `leave`. If too many wait, the
   * largest of them is evicted at once: a client that is refused can act on it, one that waits in vain cannot.
   */
  take(taker: TurnTaker): void {
    this.#waiting.add(taker);
    this.#beginThoseThatFit();
    if (this.#waiting.size > maxWaiting) largest(this.#waiting).evict();
    this.#lookLater();
  }

  /** Ends a turn, or the wait for one. */
  leave(taker: TurnTaker): void {
    this.#waiting.delete(taker);
    if (!this.#current.delete(taker)) return;
    this.#taken -= taker.claim;
    this.#beginThoseThatFit();
  }

  /** Begins the smallest first, and of equal ones the one that came first. */
  #beginThoseThatFit(): void {
    for (const taker of [...this.#waiting].sort((one, other) => one.claim - other.claim)) {
      if (this.#current.size > 0 && this.#taken + taker.claim > room) return;
      this.#waiting.delete(taker);
      this.#current.set(taker, { size: 0, looks: 0, idleLooks: 0 });
      this.#taken += taker.claim;
      taker.begin();
    }
  }

  #lookLater(): void {
    if (this.#look !== undefined || this.#waiting.size === 0) return;
    // Once what has arrived by then was read.
    this.#look = setTimeout(() => setImmediate(() => this.#evictLate()), lookInterval).unref();
  }

  #evictLate(): void {
    this.#look = undefined;
    for (const [taker, progress] of [...this.#current]) {
      if (this.#waiting.size > 0 && isLate(taker, progress)) taker.evict();
    }
    this.#lookLater();
  }
}

function isLate({ size, isAwaited }: TurnTaker, progress: Progress): boolean {
  if (!isAwaited) return false;
  progress.looks++;
  progress.idleLooks = size === progress.size ? progress.idleLooks + 1 : 0;
  progress.size = size;
  return progress.looks > maxLooks || progress.idleLooks > maxIdleLooks;
}

/** Returns, of equal ones, the one that came last. */
function largest(takers: Iterable<TurnTaker>): TurnTaker {
  return [...takers].reduce((one, other) => (other.claim >= one.claim ? other : one));
}
