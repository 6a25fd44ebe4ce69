import { Pace } from './pace.ts';

/** WaitingReview is a body that has arrived and is to be reviewed. */
export interface WaitingReview {
  /** The length of the body, in bytes. */
  readonly size: number;
  /** Reviews it. */
  begin(): void;
  /** Gives it up: there is no room for all that wait. */
  evict(): void;
}

/** The largest body of an ordinary review, in bytes: it does not wait for larger ones. */
const ordinarySize = 16 * 1024;
/**
 * How much begins at once in a turn of the event loop, in bytes, and how much of what waits. A
 * larger review is a turn's worth: a few of them would hold up the small ones that arrive next.
 */
const maxPerTurn = 128 * 1024;
/** How much may wait, in bytes: thousands of ordinary reviews. */
const maxWaiting = 8 * 1024 * 1024;

/**
 * ReviewQueue spreads reviews over turns of the event loop. As long as little arrives in a turn, a
 * review begins at once. When hundreds of clients send at once, the small bodies are reviewed
 * first, because most Pods are small, and everything else gets as much time as what waits. What
 * does not fit into memory is refused, the largest first.
 */
export class ReviewQueue {
  readonly #waiting = new SizeClasses();
  readonly #pace = new Pace(() => this.#drain());
  /** What began at once in this turn, in bytes. */
  #begun = 0;
  readonly #endTurn = () => {
    this.#begun = 0;
  };

  /** Reports whether a body of this size may be reviewed at once, and counts it if so. */
  admit(size: number): boolean {
    const mayBegin = size <= ordinarySize || this.#waiting.count === 0;
    if (!mayBegin || this.#begun >= maxPerTurn) return false;
    if (this.#begun === 0) setImmediate(this.#endTurn);
    this.#begun += shareOfTurn(size);
    return true;
  }

  /** Reviews a body that was not admitted, in a later turn. */
  wait(review: WaitingReview): void {
    this.#waiting.add(review);
    while (this.#waiting.size > maxWaiting) this.#waiting.takeLargest()?.evict();
    this.#pace.start();
  }

  /** Reviews some of what waits, and reports whether more does. */
  #drain(): boolean {
    for (let drained = 0; drained < maxPerTurn; ) {
      const review = this.#waiting.takeSmallest();
      if (review === undefined) break;
      drained += shareOfTurn(review.size);
      review.begin();
    }
    return this.#waiting.count > 0;
  }
}

/** Returns how much of a turn a review takes, in bytes. */
function shareOfTurn(size: number): number {
  return size > ordinarySize ? maxPerTurn : size || 1;
}

/** SizeClasses holds reviews by the power of two of their size, so that each is found at once. */
class SizeClasses {
  readonly #classes: WaitingReview[][] = Array.from({ length: 32 }, () => []);
  /** What all have together, in bytes. */
  size = 0;
  count = 0;

  add(review: WaitingReview): void {
    // An empty body counts as one of a byte.
    this.#classes[31 - Math.clz32(review.size || 1)]?.push(review);
    this.size += review.size;
    this.count++;
  }

  /** Takes a review of the smallest class, the one that came first. */
  takeSmallest(): WaitingReview | undefined {
    return this.#take(this.#classes.find(({ length }) => length > 0)?.shift());
  }

  /** Takes a review of the largest class, the one that came last. */
  takeLargest(): WaitingReview | undefined {
    return this.#take(this.#classes.findLast(({ length }) => length > 0)?.pop());
  }

  #take(review: WaitingReview | undefined): WaitingReview | undefined {
    if (review === undefined) return undefined;
    this.size -= review.size;
    this.count--;
    return review;
  }
}
