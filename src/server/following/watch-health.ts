/** WatchReport is an event of a watch, of which only those about the watch itself count here. */
type WatchReport = { readonly type: string } | { readonly type: 'failed'; readonly error: Error };

/** WatchHealth knows whether a watch works, and reports why it does not: each reason once. */
export class WatchHealth {
  isWatching = false;
  readonly #failed: (reason: string) => void;
  #lastReason = '';

  /** @param failed gets the reason of a failure. The watch is retried each time */
  constructor(failed: (reason: string) => void) {
    this.#failed = failed;
  }

  take(event: WatchReport): void {
    if (event.type === 'watching') {
      this.isWatching = true;
      this.#lastReason = '';
    } else if ('error' in event) {
      this.isWatching = false;
      const { message: reason } = event.error;
      if (reason === this.#lastReason) return;
      this.#lastReason = reason;
      this.#failed(reason);
    }
  }
}
