import { setTimeout as sleep } from 'node:timers/promises';

/** ByteRate limits how many bytes pass in a second, for all transfers together. */
export class ByteRate {
  readonly #perSecond: number;
  /** When the bytes that have passed so far are paid for; by `performance.now()`. */
  #paidUntil = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Waits until that many bytes may pass. */
  async take(bytes: number): Promise<void> {
    const now = performance.now();
    const start = Math.max(now, this.#paidUntil);
    this.#paidUntil = start + (bytes / this.#perSecond) * 1_000;
    if (start > now) await sleep(start - now);
  }
}
