/** RegistryErrorOptions are the facts of a failure; see RegistryError. */
export interface RegistryErrorOptions {
  readonly host: string;
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly isRetryable?: boolean;
  readonly retryAfter?: number | undefined;
  readonly isRateLimit?: boolean;
  readonly cause?: unknown;
}

/**
 * RegistryError reports that a registry refused, could not be reached, or sent something wrong. Its
 * message says what was asked and, if known, what to do. It never holds a secret.
 */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  /** The HTTP status; undefined if there was no answer. */
  readonly status: number | undefined;
  /**
   * The code of the distribution spec, such as `MANIFEST_UNKNOWN`; of Node if the registry could not
   * be reached, such as `ECONNREFUSED`.
   */
  readonly code: string | undefined;
  /** The registry as references name it. */
  readonly host: string;
  /** Whether the same request may succeed later. */
  readonly isRetryable: boolean;
  /** In milliseconds from now, as the registry asked for. */
  readonly retryAfter: number | undefined;
  /** Whether the pulls that the registry allows are used up (Docker Hub), so that retries are no use. */
  readonly isRateLimit: boolean;

  constructor(message: string, options: RegistryErrorOptions) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.status = options.status;
    this.code = options.code;
    this.host = options.host;
    this.isRetryable = options.isRetryable ?? false;
    this.retryAfter = options.retryAfter;
    this.isRateLimit = options.isRateLimit ?? false;
  }

  /** Returns the same error for a caller who may try again what this request was a part of. */
  asRetryable(): RegistryError {
    const { message, status, code, host, retryAfter, isRateLimit, cause } = this;
    const facts = { status, code, host, retryAfter, isRateLimit, cause };
    return new RegistryError(message, { ...facts, isRetryable: true });
  }
}
