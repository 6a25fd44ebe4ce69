import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TargetDocument } from '../target/target.ts';
import { UsageError } from './terminal.ts';

/**
 * Writes each document whole or not at all, and gives their files. A Ctrl-C waits until all are written: of a folder that is
 * half new a node makes something that nobody has said.
 */
export async function writeDocuments(
  folder: string,
  documents: readonly TargetDocument[],
): Promise<string[]> {
  const resume = holdSignals();
  const files: string[] = [];
  try {
    for (const { path, text } of documents) {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeWhole(file, text);
      files.push(file);
    }
  } catch (error) {
    throw new UsageError(`the files cannot be written: ${(error as Error).message}`);
  } finally {
    resume();
  }
  return files;
}

async function writeWhole(file: string, text: string): Promise<void> {
  const unfinished = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(unfinished, text);
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** From now to the call of what it returns, what would end the process is put off. */
function holdSignals(): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let held: NodeJS.Signals | undefined;
  const hold = (signal: NodeJS.Signals) => {
    held = signal;
  };
  for (const signal of signals) process.on(signal, hold);
  return () => {
    for (const signal of signals) process.off(signal, hold);
    if (held !== undefined) process.kill(process.pid, held);
  };
}
