import pino, { type DestinationStream, type Logger } from 'pino';
import type { ReviewResult } from '../admission/review.ts';

export interface LogOptions {
  readonly level: string;
  readonly format: 'json' | 'pretty';
}

export interface ServerLog {
  readonly logger: Logger;
  /** Writes what is still held back. */
  flush(): void;
}

/** Lines are gathered for at most this long, in milliseconds: one write for many costs a fraction of one for each. */
const flushInterval = 200;
/** What is held at most, in bytes, when nobody reads standard output; beyond it lines are dropped, not admissions. */
const maxHeld = 16 * 1024 * 1024;

/** Logs to standard output. */
export async function openLog({ level, format }: LogOptions): Promise<ServerLog> {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (format === 'pretty') {
    const { default: pretty } = await import('pino-pretty');
    const stream: DestinationStream = pretty({ colorize: true, sync: true, destination: 1 });
    return { logger: pino(options, stream), flush: () => undefined };
  }
  const destination = pino.destination({
    dest: 1,
    sync: false,
    minLength: 8 * 1024,
    maxLength: maxHeld,
    periodicFlush: flushInterval,
  });
  // A reader that went away (EPIPE) is no reason to stop admitting Pods.
  destination.on('error', () => undefined);
  return { logger: pino(options, destination), flush: () => destination.flushSync() };
}

/** One line for a review that changed or refused something; none for the others. */
export function logReview(logger: Logger, { request, decisions }: ReviewResult): void {
  const changed = decisions.filter(({ decision }) => decision.action !== 'keep');
  if (changed.length === 0 || request === undefined) return;
  const { uid, namespace, name, operation } = request;
  const isDenied = changed.some(({ decision }) => decision.action === 'deny');
  const images = changed.map(({ place, image, decision }) => ({
    at: place,
    from: image,
    to: decision.action === 'deny' ? null : decision.image,
    rule: decision.rule?.from ?? null,
  }));
  logger.info({ uid, namespace, name, operation, images }, isDenied ? 'denied' : 'rewrote');
}
