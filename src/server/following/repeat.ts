/** RepeatOptions say how often a task is repeated, and who hears of its failures. */
export interface RepeatOptions {
  /** In milliseconds, give or take a tenth, so that replicas do not all look at once. */
  readonly interval: number;
  /** Gets the reason of a failure, once for all failures in a row that have the same. */
  readonly failed: (reason: string) => void;
  /** Called at every end of the task. */
  readonly ended?: (result: 'success' | 'failure') => void;
}

/** Repeated is a task that goes on beside the reviews. */
export interface Repeated {
  /** Runs it now, and reports whether it succeeded. It never throws. */
  run(): Promise<boolean>;
  /** Runs it over and over, the first time after the interval. */
  start(): void;
  stop(): void;
}

/** Returns what repeats a task until it is stopped, whatever fails. */
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
