import { setTimeout as sleep } from 'node:timers/promises';
import pino, { type DestinationStream, type Logger } from 'pino';
import type { ReviewSummary } from '../admission/summary.ts';
import { boundLine, showControls } from './log-line.ts';

export interface LogOptions {
  /** For people: whether in colour. */
  readonly hasColour: boolean;
  readonly level: string;
  readonly format: 'json' | 'pretty';
}

export interface ServerLog {
  readonly logger: Logger;
  /** Hands over what is held back, without waiting for it to be written. */
  flush(): void;
  /** The same, and waits, but not for a reader that does not read. */
  close(): Promise<void>;
}

/** Lines are gathered for at most this long, in milliseconds: one write for many costs a fraction of one for each. */
const flushInterval = 200;
/** How much is written at once, in bytes. */
const chunkSize = 64 * 1024;
/** How long a stop waits for the last lines to be read, in milliseconds. */
const closeTimeout = 500;
/** What is held at most, in bytes, when nobody reads standard output; beyond it lines are dropped, not admissions. */
const maxHeld = 16 * 1024 * 1024;

/** Logs to standard output. */
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
  // A reader that went away (EPIPE) is no reason to stop admitting Pods.
  destination.on('error', () => undefined);
  const lines = gather((chunk) => destination.write(chunk as unknown as string));
  const close = async () => {
    lines.flush();
    // Not flushSync: it waits for ever where nobody reads.
    const written = new Promise<void>((resolve) => destination.flush(() => resolve()));
    await Promise.race([written, sleep(closeTimeout)]);
  };
  const bounded = { write: (line: string) => lines.write(boundLine(line)) };
  return { logger: pino(options, bounded), flush: lines.flush, close };
}

/**
 * Gathers lines as bytes until there is a chunk of them. The destination can hold lines back itself, but as one string
 * that it measures anew for each line.
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

/** One line for a review that changed or refused something; none for the others. */
export function logReview(logger: Logger, summary: ReviewSummary | undefined): void {
  if (summary !== undefined) logger.info(summary.fields, summary.message);
}
