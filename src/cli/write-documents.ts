import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TargetDocument } from '../target/target.ts';
import { UsageError } from './terminal.ts';

/** Writes each document whole or not at all, and gives their files. */
export async function writeDocuments(
  folder: string,
  documents: readonly TargetDocument[],
): Promise<string[]> {
  const files: string[] = [];
  try {
    for (const { path, text } of documents) {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      const unfinished = `${file}.${process.pid}.tmp`;
      await writeFile(unfinished, text);
      await rename(unfinished, file);
      files.push(file);
    }
  } catch (error) {
    throw new UsageError(`the files cannot be written: ${(error as Error).message}`);
  }
  return files;
}
