import type { Logger } from 'pino';

export interface RepeatOptions {
  /** In milliseconds, give or take a tenth: replicas shall not all look at once. */
  readonly interval: number;
  readonly logger: Logger;
  /** What is logged of a failure; the same one is told once. */
  readonly message: string;
  /** Told of every end of the task. */
  readonly ended?: (result: 'success' | 'failure') => void;
}

/** A task that goes on beside the reviews. */
export interface Repeated {
  /** Runs it now; whether it succeeded. It never throws. */
  run(): Promise<boolean>;
  /** Runs it over and over, the first time after the interval. */
  start(): void;
  stop(): void;
}

/** Repeats a task until it is stopped, whatever fails. */
export function repeated(
  task: () => Promise<void>,
  { interval, logger, message, ended }: RepeatOptions,
): Repeated {
  let lastReason = '';
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  const run = async () => {
    try {
      await task();
      lastReason = '';
      ended?.('success');
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== lastReason) logger.error({ reason }, message);
      lastReason = reason;
      ended?.('failure');
      return false;
    }
  };
  const start = () => {
    if (isStopped) return;
    timer = setTimeout(() => void run().then(start), interval * (0.9 + Math.random() * 0.2));
    timer.unref();
  };
  const stop = () => {
    isStopped = true;
    clearTimeout(timer);
  };
  return { run, start, stop };
}
