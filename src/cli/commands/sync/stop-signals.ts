const signals = ['SIGINT', 'SIGTERM'] as const;

/** StopSignals turn the signals that end a process into an abort. */
export interface StopSignals {
  readonly signal: AbortSignal;
  /** Gives the signals back. */
  release(): void;
}

/** Takes the signals: the first one stops the run, a second one ends the process as usual. */
export function takeStopSignals(): StopSignals {
  const controller = new AbortController();
  const release = () => {
    for (const name of signals) process.off(name, stop);
  };
  const stop = () => {
    release();
    controller.abort(new Error('the run was stopped'));
  };
  for (const name of signals) process.on(name, stop);
  return { signal: controller.signal, release };
}
