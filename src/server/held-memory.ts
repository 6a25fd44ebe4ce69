/** Something small that holds memory until it has ended. */
export interface MemoryHolder {
  /** Gives up, and releases what it holds: others need its memory. */
  evict(): void;
}

/** Counts what many hold together. If that is too much, the oldest give way. */
export class HeldMemory {
  readonly #most: number;
  /** What each holds, in bytes; the oldest first. */
  readonly #holders = new Map<MemoryHolder, number>();
  #held = 0;

  /** @param most what all together may hold, in bytes */
  constructor(most: number) {
    this.#most = most;
  }

  /** Counts what a holder has now, in bytes, in place of what it had before. */
  hold(holder: MemoryHolder, size: number): void {
    this.#held += size - (this.#holders.get(holder) ?? 0);
    this.#holders.set(holder, size);
    for (const oldest of this.#holders.keys()) {
      if (this.#held <= this.#most) return;
      if (oldest !== holder) oldest.evict();
    }
  }

  /** Takes a holder out of the count; harmless if it holds nothing. */
  release(holder: MemoryHolder): void {
    this.#held -= this.#holders.get(holder) ?? 0;
    this.#holders.delete(holder);
  }
}
