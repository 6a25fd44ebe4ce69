import { RegistryError } from '../registry-error.ts';

/** The first pause after a registry could not be reached, in milliseconds. */
const firstPause = 60_000;
const longestPause = 30 * 60_000;
/** A registry is out after this many times the silence that ends a request. */
const mostStalls = 2;
const unreachable = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
]);

/**
 * Outage remembers that a registry could not be reached. Thousands of images would otherwise wait
 * for the same registry, one after the other.
 */
export class Outage {
  /** In milliseconds. */
  readonly #stall: number;
  /** When the last answer came, by `performance.now()`. */
  #answered = Number.NEGATIVE_INFINITY;
  /** Since when requests have waited for an answer, by `performance.now()`. */
  #silentSince: number | undefined;
  #found: { readonly error: RegistryError; readonly until: number } | undefined;
  #pause = firstPause;

  /** `stall` is how long a connection may be silent, in milliseconds. */
  constructor(stall: number) {
    this.#stall = stall;
  }

  /** Reports whether the registry has ever answered. */
  get hasAnswered(): boolean {
    return this.#answered !== Number.NEGATIVE_INFINITY;
  }

  /**
   * Fails if the registry could not be reached a moment ago.
   *
   * @throws RegistryError that is not retryable
   */
  throwIfOut(): void {
    if (this.#found !== undefined && performance.now() < this.#found.until) throw this.#found.error;
  }

  /** Records that the registry answered, whatever it said. */
  answered(): void {
    this.#answered = performance.now();
    this.#silentSince = undefined;
    this.#found = undefined;
    this.#pause = firstPause;
  }

  /**
   * Records the error of one request that was sent at a time of `performance.now()`. A registry that
   * takes connections and is silent is out before the tries of a request are used up: each of them
   * takes a minute.
   */
  noteAttempt(error: unknown, sent: number): void {
    if (!(error instanceof RegistryError) || error.code !== 'ENOANSWER') return;
    const now = performance.now();
    // An upload may have been on its way for hours before the registry fell silent.
    this.#silentSince ??= Math.max(sent, this.#answered, now - this.#stall);
    const silence = now - this.#silentSince;
    // Timers are late, never early; a tenth less is for their rounding.
    if (silence >= (mostStalls - 0.1) * this.#stall) this.#begin(error);
  }

  /** Records an error after all tries of a request. */
  noteFailure(error: unknown): void {
    if (error instanceof RegistryError && unreachable.has(error.code ?? '')) this.#begin(error);
  }

  #begin({ message, code, host }: RegistryError): void {
    const now = performance.now();
    // Requests that were sent together fail together.
    if (this.#found !== undefined && now < this.#found.until) return;
    this.#found = { error: new RegistryError(message, { code, host }), until: now + this.#pause };
    this.#pause = Math.min(longestPause, 2 * this.#pause);
  }
}
