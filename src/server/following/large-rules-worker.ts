import { constants, setPriority } from 'node:os';
import { type MessagePort, workerData } from 'node:worker_threads';
import { loadRules } from '../../rules/load.ts';
import { sendInSlices } from './value-slices.ts';

/*
 * The thread that reads a large rules file (large-rules.ts starts it). It ends when it has sent
 * what it has read.
 */

giveWay();
const { text, port } = workerData as { readonly text: string; readonly port: MessagePort };
sendInSlices(loadRules(text), (slice) => port.postMessage(slice));

/** Gives reviews priority if they share a processor with this thread. New rules can wait. */
function giveWay(): void {
  // On other systems this would be the priority of the whole process.
  if (process.platform !== 'linux') return;
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It may be forbidden, for example by a seccomp profile. Then both have the same priority.
  }
}
