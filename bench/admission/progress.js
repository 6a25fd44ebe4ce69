/** Prints a line of progress to standard error, with the time. */
export function reportProgress(message) {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${message}\n`);
}
