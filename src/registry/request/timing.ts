/** Timing holds the timeouts and pauses of a client, in milliseconds. */
export interface Timing {
  /** How long a connection may be silent while the other end has something to send. */
  readonly stall: number;
  /** How long a registry may take to store what it was sent, after the last byte. */
  readonly commit: number;
  /** The pause before the first retry; the next ones are twice as long each. */
  readonly firstRetry: number;
  /** The longest pause between two tries that the client itself makes. */
  readonly maxRetry: number;
  /** The longest pause that a registry may ask for; beyond it, the request fails. */
  readonly maxRetryAfter: number;
}

export const defaultTiming: Timing = {
  stall: 60_000,
  commit: 600_000,
  firstRetry: 500,
  maxRetry: 30_000,
  maxRetryAfter: 300_000,
};
