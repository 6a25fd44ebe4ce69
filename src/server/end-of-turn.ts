let dueTasks: (() => void)[] = [];

/**
 * Runs a task when everything that has arrived by now is done. Answers that are written one after
 * the other cost much less than answers between reviews: processor caches stay warm, and the client
 * is woken once for several answers.
 */
export function atEndOfTurn(task: () => void): void {
  dueTasks.push(task);
  if (dueTasks.length === 1) setImmediate(runDueTasks);
}

/**
 * Runs a task that takes long after those of the requests that have arrived while it was prepared.
 */
export function afterOthers(task: () => void): void {
  setImmediate(() => atEndOfTurn(task));
}

function runDueTasks(): void {
  const tasks = dueTasks;
  dueTasks = [];
  for (const task of tasks) task();
}
