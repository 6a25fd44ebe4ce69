/** WaitingReview is a body that has arrived and is to be reviewed. */
export interface WaitingReview {
  /** The length of the body, in bytes. */
  readonly size: number;
  /** Reviews it. */
  begin(): void;
  /** Gives it up: there is no room for all that wait. */
  evict(): void;
}

/** How much is reviewed in a turn of the event loop, in bytes: some milliseconds. */
const maxPerTurn = 256 * 1024;
/** How much may wait, in bytes: thousands of ordinary reviews. */
const maxWaiting = 16 * 1024 * 1024;

/**
 * ReviewQueue spreads reviews over turns of the event loop. As long as little arrives in a turn, a
 * review begins at once. When hundreds of clients send at once, the small bodies are reviewed
 * first, because most Pods are small, and what does not fit into memory is refused, the largest
 * first.
 */
export class ReviewQueue {
  readonly #waiting = new SizeClasses();
  /** What has been reviewed in this turn, in bytes. */
  #done = 0;
  #isTurnScheduled = false;

  /** Reviews a body now, or in a later turn. */
  add(review: WaitingReview): void {
    this.#scheduleTurn();
    if (this.#waiting.count === 0 && this.#done < maxPerTurn) {
      this.#begin(review);
      return;
    }
    this.#waiting.add(review);
    while (this.#waiting.size > maxWaiting) this.#waiting.takeLargest()?.evict();
  }

  #begin(review: WaitingReview): void {
    this.#done += review.size;
    review.begin();
  }

  #scheduleTurn(): void {
    if (this.#isTurnScheduled) return;
    this.#isTurnScheduled = true;
    setImmediate(() => this.#beginTurn());
  }

  #beginTurn(): void {
    this.#isTurnScheduled = false;
    this.#done = 0;
    if (this.#waiting.count > 0) this.#scheduleTurn();
    while (this.#waiting.count > 0 && this.#done < maxPerTurn) {
      this.#begin(this.#waiting.takeSmallest() as WaitingReview);
    }
  }
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
