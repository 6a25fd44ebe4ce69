/** The exit codes of a process that these signals end. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Ends the process on a signal, as long as no command handles it. The kernel does that for every
 * process but the first one of a container, which would run until its grace period is over.
 */
export function endOnSignals(): void {
  if (process.pid !== 1) return;
  for (const [signal, code] of Object.entries(exitCodes))
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(code);
    });
}
