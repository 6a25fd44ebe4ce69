import { setTimeout as sleep } from 'node:timers/promises';

/** How many requests a host gets at once: at first, and at most. */
const firstWindow = 16;
const maxWindow = 64;
/** Answers of requests that were sent together count as one sign of overload, in milliseconds. */
const sameSign = 1_000;

/**
 * HostLimit adapts how many requests a host gets at once: one more for each round that succeeds,
 * and half as many if the host reports overload (additive increase, multiplicative decrease).
 */
export class HostLimit {
  #window = firstWindow;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  #lastSign = Number.NEGATIVE_INFINITY;
  /** The host wants no request before this time; by `performance.now()`. */
  #closedUntil = 0;
  readonly #signal: AbortSignal;

  /** `signal` ends all waiting for a host that wants a pause. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Waits for a place, and returns the function that gives it back. */
  async enter(): Promise<() => void> {
    if (this.#running < this.#limit()) this.#running++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let isHeld = true;
    const leave = () => {
      if (!isHeld) return;
      isHeld = false;
      this.#running--;
      this.#admit();
    };
    try {
      // After the place: the host may want a pause while many wait for theirs.
      await this.#untilOpen();
      return leave;
    } catch (error) {
      leave();
      throw error;
    }
  }

  async #untilOpen(): Promise<void> {
    for (let left = this.#closedFor(); left > 0; left = this.#closedFor())
      await sleep(left, undefined, { signal: this.#signal });
  }

  /** Records that the host took a request. */
  succeeded(): void {
    this.#window = Math.min(maxWindow, this.#window + 1 / this.#window);
    this.#admit();
  }

  /** Records that the host has too many, and for how many milliseconds it wants no more. */
  overloaded(pause = 0): void {
    const now = performance.now();
    this.#closedUntil = Math.max(this.#closedUntil, now + pause);
    if (now - this.#lastSign < sameSign) return;
    this.#lastSign = now;
    this.#window = Math.max(1, this.#window / 2);
  }

  #closedFor(): number {
    return this.#closedUntil - performance.now();
  }

  #limit(): number {
    return Math.floor(this.#window);
  }

  #admit(): void {
    while (this.#running < this.#limit()) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#running++;
      next();
    }
  }
}
