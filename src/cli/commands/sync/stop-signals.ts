const signals = ['SIGINT', 'SIGTERM'] as const;

/** StopSignals turn what ends a process into an abort: signals, and an output that is closed. */
export interface StopSignals {
  readonly signal: AbortSignal;
  /** Gives the signals back. */
  release(): void;
}

/**
 * Takes the signals: the first one stops the run, a second one ends the process as usual. A closed
 * output stops the run too.
 */
export function takeStopSignals(outputClosed: AbortSignal): StopSignals {
  const controller = new AbortController();
  const release = () => {
    for (const name of signals) process.off(name, stop);
  };
  const stop = () => {
    release();
    controller.abort(new Error('the run was stopped'));
  };
  for (const name of signals) process.on(name, stop);
  if (outputClosed.aborted) stop();
  else outputClosed.addEventListener('abort', stop, { once: true });
  return { signal: controller.signal, release };
}
