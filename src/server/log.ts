import { setTimeout as sleep } from 'node:timers/promises';
import pino, { type DestinationStream, type Logger } from 'pino';
import type { ReviewSummary } from '../admission/summary.ts';
import { boundLine, showControls } from './log-line.ts';

/** LogOptions are the level of the log and its format: JSON, or `pretty` for people. */
export interface LogOptions {
  /** Whether the format for people has colours. */
  readonly hasColour: boolean;
  readonly level: string;
  readonly format: 'json' | 'pretty';
}

/** ServerLog is a logger whose lines are written in batches. */
export interface ServerLog {
  readonly logger: Logger;
  /** Writes the lines that are held back, without waiting until they are written. */
  flush(): void;
  /** Writes them and waits until they are written, but not for a reader that does not read. */
  close(): Promise<void>;
}

/**
 * The longest time for which lines are gathered, in milliseconds: one write for many lines costs a
 * fraction of a write for each.
 */
const flushInterval = 200;
/** How much is written at once, in bytes. */
const chunkSize = 64 * 1024;
/** How long a stop waits for the last lines to be read, in milliseconds. */
const closeTimeout = 500;
/**
 * The most that is held if nobody reads standard output, in bytes. Past it, log lines are dropped
 * instead of admissions.
 */
const maxHeld = 16 * 1024 * 1024;

/** Opens a log that is written to standard output. */
export async function openLog({ level, format, hasColour }: LogOptions): Promise<ServerLog> {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (format === 'pretty') {
    const { default: pretty } = await import('pino-pretty');
    const lines = pretty({ colorize: hasColour, sync: true, destination: 1 });
    const stream = { write: (line: string) => void lines.write(showControls(boundLine(line))) };
    const nothing = () => undefined;
    return { logger: pino(options, stream), flush: nothing, close: async () => nothing() };
  }
  const contentMode = 'buffer';
  const destination = pino.destination({ dest: 1, sync: false, maxLength: maxHeld, contentMode });
  // If the reader has gone (EPIPE), the server still admits Pods.
  destination.on('error', () => undefined);
  const lines = gather((chunk) => destination.write(chunk as unknown as string));
  const close = async () => {
    lines.flush();
    // Not flushSync: it waits forever if nobody reads.
    const written = new Promise<void>((resolve) => destination.flush(() => resolve()));
    await Promise.race([written, sleep(closeTimeout)]);
  };
  const bounded = { write: (line: string) => lines.write(boundLine(line)) };
  return { logger: pino(options, bounded), flush: lines.flush, close };
}

/**
 * Gathers lines as bytes until they fill a chunk. The destination can hold lines back itself, but
 * as one string whose length it counts again for each line.
 */
function gather(write: (chunk: Buffer) => void): DestinationStream & { flush(): void } {
  let chunk = Buffer.allocUnsafe(chunkSize);
  let length = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (length === 0) return;
    write(chunk.subarray(0, length));
    chunk = Buffer.allocUnsafe(chunkSize);
    length = 0;
  };
  return {
    flush,
    write(line) {
      const mayNeed = line.length * 3;
      if (length + mayNeed > chunkSize) flush();
      if (mayNeed > chunkSize) return write(Buffer.from(line));
      length += chunk.write(line, length);
      timer ??= setTimeout(flush, flushInterval).unref();
    },
  };
}

/** Logs one line for a review that changed or refused something; nothing for other reviews. */
export function logReview(logger: Logger, summary: ReviewSummary | undefined): void {
  if (summary !== undefined) logger.info(summary.fields, summary.message);
}
