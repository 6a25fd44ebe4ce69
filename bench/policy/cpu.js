/** Reads processor time, on which other work on the machine has little influence. */
import { readdirSync, readFileSync } from 'node:fs';

/** Returns the processor time of all threads of a process, in milliseconds. */
export function cpuMilliseconds(pid) {
  const tasks = `/proc/${pid}/task`;
  const times = readdirSync(tasks).map((task) => nanosecondsOf(`${tasks}/${task}/schedstat`));
  return times.reduce((sum, each) => sum + each, 0) / 1e6;
}

function nanosecondsOf(file) {
  try {
    return Number(readFileSync(file, 'utf8').split(' ')[0]);
  } catch {
    return 0; // the thread has ended
  }
}
