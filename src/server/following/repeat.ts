/** RepeatOptions are how often a task is repeated, and what gets its results. */
export interface RepeatOptions {
  /**
   * In milliseconds. A tenth more or less, at random, keeps replicas from acting at the same time.
   */
  readonly interval: number;
  /** Gets the reason of a failure, once for consecutive failures with the same reason. */
  readonly failed: (reason: string) => void;
  /** Gets the result of each run. */
  readonly ended?: (result: 'success' | 'failure') => void;
}

/** Repeated is a task that is repeated alongside the reviews. */
export interface Repeated {
  /** Runs the task now, and reports whether it succeeded. It never throws. */
  run(): Promise<boolean>;
  /** Runs the task repeatedly, for the first time after the interval. */
  start(): void;
  stop(): void;
}

/** Returns a task that is repeated until it is stopped, whatever fails. */
export function repeated(
  task: () => Promise<void>,
  { interval, failed, ended }: RepeatOptions,
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
      if (reason !== lastReason) failed(reason);
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
