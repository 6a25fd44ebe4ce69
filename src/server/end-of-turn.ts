let dueTasks: (() => void)[] = [];

/**
 * Runs a task when all that has arrived by now is done. Answers that are written one after the other cost much less than
 * each between two reviews: processor caches stay warm, and whoever waits at the other end is woken once for several.
 */
export function atEndOfTurn(task: () => void): void {
  dueTasks.push(task);
  if (dueTasks.length === 1) setImmediate(runDueTasks);
}

/** The same for a task that takes long: it comes after those of requests that have arrived while it was prepared. */
export function afterOthers(task: () => void): void {
  setImmediate(() => atEndOfTurn(task));
}

function runDueTasks(): void {
  const tasks = dueTasks;
  dueTasks = [];
  for (const task of tasks) task();
}
