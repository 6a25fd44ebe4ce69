/** MemoryHolder is something small that holds memory until it ends. */
export interface MemoryHolder {
  /** Gives up and releases what it holds: others need the memory. */
  evict(): void;
}

/** HeldMemory counts what many holders hold together. If it is too much, the oldest are evicted. */
export class HeldMemory {
  readonly #max: number;
  /** The bytes of each holder, the oldest first. */
  readonly #holders = new Map<MemoryHolder, number>();
  #held = 0;

  /** @param max the most that all holders may hold together, in bytes */
  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Counts what a holder has now, in bytes, in place of what it had before. This may evict others.
   */
  hold(holder: MemoryHolder, size: number): void {
    this.#held += size - (this.#holders.get(holder) ?? 0);
    this.#holders.set(holder, size);
    for (const oldest of this.#holders.keys()) {
      if (this.#held <= this.#max) return;
      if (oldest !== holder) oldest.evict();
    }
  }

  /** Takes a holder out of the count. It may hold nothing. */
  release(holder: MemoryHolder): void {
    this.#held -= this.#holders.get(holder) ?? 0;
    this.#holders.delete(holder);
  }
}
