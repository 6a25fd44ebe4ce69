import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientEvent } from '../client-event.ts';
import { RegistryError } from '../registry-error.ts';
import type { Timing } from './timing.ts';

/** How often something is tried in all. */
const maxTries = 6;
/** How often if no answer comes: each try then takes a minute or more. */
const maxUnanswered = 3;

/** RetryOptions are what all retries of a client share. */
export interface RetryOptions {
  readonly timing: Timing;
  /** Gets an event for each pause, before it begins. */
  readonly emit: (event: ClientEvent) => void;
  /** Ends the pauses. */
  readonly signal: AbortSignal;
}

/**
 * Errors that used up all tries. Without this, a request would repeat all tries of its token each
 * time that it is retried itself.
 */
const givenUp = new WeakSet<RegistryError>();

/**
 * Does something at a registry until it succeeds, as often as its errors are retryable.
 *
 * @throws the last error
 */
export async function retrying<T>(
  registry: string,
  options: RetryOptions,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      options.signal.throwIfAborted();
      if (!mayRetry(error, tries, options.timing)) throw error;
      await pauseAfter(error, tries, registry, options);
    }
  }
}

/** Reports an error that came `tries` times in a row, and waits before the next try. */
export async function pauseAfter(
  error: RegistryError,
  tries: number,
  registry: string,
  { timing, emit, signal }: RetryOptions,
): Promise<void> {
  const delay = delayAfter(error, tries, timing);
  emit({ type: 'retry', registry, reason: error.message, delay });
  await sleep(delay, undefined, { signal });
}

function mayRetry(
  error: unknown,
  tries: number,
  { maxRetryAfter }: Timing,
): error is RegistryError {
  if (!(error instanceof RegistryError) || !error.isRetryable || error.isRateLimit) return false;
  if (givenUp.has(error)) return false;
  const most = error.code === 'ENOANSWER' ? maxUnanswered : maxTries;
  if (tries >= most) givenUp.add(error);
  return tries < most && (error.retryAfter ?? 0) <= maxRetryAfter;
}

/**
 * Returns a pause in milliseconds: what the registry asks for, or twice the last one, with chance in
 * it so that clients do not come together.
 */
function delayAfter(
  { retryAfter = 0 }: RegistryError,
  tries: number,
  { firstRetry, maxRetry }: Timing,
): number {
  const backOff = Math.min(maxRetry, firstRetry * 2 ** (tries - 1));
  return Math.max(retryAfter, backOff * (0.5 + Math.random() / 2));
}
