import { setImmediate as turn } from 'node:timers/promises';
import { type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { type LoadedRules, loadRules } from '../../rules/load.ts';
import { type Slice, SlicedValue } from './value-slices.ts';

/** LoadText reads a rules file as loadRules does, in its own time. */
export type LoadText = (text: string) => Promise<LoadedRules>;

/**
 * How long a text may be that is read between two reviews, in characters: some 250 rules, or 10 to
 * 20 ms. Rules of namespaces may be as long. A thread for less would take longer and some 20 MB.
 */
const maxAtOnce = 16 * 1024;

/**
 * Reads a rules file while reviews are answered: a large one in a thread of its own, which ends with
 * it, because a file of 1 MiB takes about a second. What the thread has read is taken in slice by
 * slice, with reviews in between.
 *
 * @throws Error if the thread cannot read it, for example because there is too little memory
 */
export const loadLargeRules: LoadText = async (text) => {
  if (text.length <= maxAtOnce) return loadRules(text);
  const { port1, port2 } = new MessageChannel();
  try {
    await runToItsEnd(text, port2);
    return await receive(port1);
  } finally {
    port1.close();
  }
};

/** Names the file of the thread, which is next to this one, compiled or bundled as this one is. */
function workerFile(): URL {
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  return new URL(`./large-rules-worker${extension}`, import.meta.url);
}

function runToItsEnd(text: string, port: MessagePort): Promise<void> {
  const worker = new Worker(workerFile(), { workerData: { text, port }, transferList: [port] });
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
}

async function receive(port: MessagePort): Promise<LoadedRules> {
  const loaded = new SlicedValue();
  for (;;) {
    const received = receiveMessageOnPort(port);
    if (received === undefined) return loaded.value as LoadedRules;
    loaded.add(received.message as Slice);
    await turn();
  }
}
