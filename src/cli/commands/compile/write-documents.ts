import { constants } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readRegularFileWithin } from '../../../file/read-within.ts';
import { readValues } from '../../../manifest/value.ts';
import type { TargetDocument } from '../../../target/contract/target.ts';
import { UsageError } from '../../terminal.ts';
import { isGeneratedText } from './generated-file.ts';
import { makeFoldersWithin, requireFoldersWithin, requireSameFolder } from './output-folder.ts';

/** The largest file that is replaced, in bytes. */
const maxLength = 64 * 1024 * 1024;

/** A document on its way to its file. */
interface Writing {
  readonly file: string;
  /** Its path within the folder. */
  readonly path: string;
  readonly text: string;
  /** Next to the file, so that a rename moves it there. */
  readonly unfinished: string;
  /** The mode of the file that it replaces. */
  readonly mode: number | undefined;
}

/**
 * Writes each document completely or not at all, and returns the files. All are written under
 * temporary names before the first is renamed, and Ctrl-C waits until all are renamed: a node that
 * reads half-updated configuration does something that neither version says.
 */
export async function writeDocuments(
  folder: string,
  documents: readonly TargetDocument[],
): Promise<string[]> {
  const resume = holdSignals();
  const unfinished = new Set<string>();
  const written: string[] = [];
  try {
    const writings: Writing[] = [];
    for (const document of documents) writings.push(await plan(folder, document));
    for (const writing of writings) await make(folder, writing, unfinished);
    for (const writing of writings) {
      await requireSameFolder(folder, writing.path);
      await rename(writing.unfinished, writing.file);
      unfinished.delete(writing.unfinished);
      written.push(writing.file);
    }
  } catch (error) {
    const done = written.length === 0 ? '' : `; already written: ${written.join(', ')}`;
    throw new UsageError(`the files cannot be written: ${(error as Error).message}${done}`);
  } finally {
    for (const file of unfinished) await rm(file, { force: true });
    resume();
  }
  return written;
}

async function plan(folder: string, { path, text }: TargetDocument): Promise<Writing> {
  await requireFoldersWithin(folder, path);
  const file = join(folder, path);
  const unfinished = `${file}.${process.pid}.tmp`;
  const found = await lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (found === undefined) return { file, path, text, unfinished, mode: undefined };
  // Others may use the file behind a symbolic link too.
  if (!found.isFile()) throw new Error(`${file} is not a regular file`);
  const old = await readRegularFileWithin(file, maxLength, { isLinkRefused: true });
  if (old !== text && (!isGeneratedText(old) || hasMoreSettings(old, text))) {
    throw new Error(
      `${file} has settings that are not from the rules: write to another folder, then merge the two`,
    );
  }
  return { file, path, text, unfinished, mode: found.mode & 0o7777 };
}

/**
 * Reports whether somebody added settings to a file that we wrote. A Kubernetes object belongs to
 * us as a whole.
 */
function hasMoreSettings(old: string, text: string): boolean {
  const ours = settingsOf(text);
  return settingsOf(old).some((key) => !ours.includes(key));
}

/** Returns the top-level keys of a program's settings in YAML. */
function settingsOf(text: string): string[] {
  // A text that is not YAML has no known keys; it is not ours either.
  const value = readValues(text)?.[0];
  if (typeof value !== 'object' || value === null || 'kind' in value) return [];
  return Object.keys(value);
}

async function make(folder: string, writing: Writing, unfinished: Set<string>): Promise<void> {
  await makeFoldersWithin(folder, writing.path);
  // O_EXCL: if a file has this name already, it is not ours to write or remove. Windows has no
  // O_NOFOLLOW.
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;
  const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
  const handle = await open(writing.unfinished, flags, writing.mode);
  unfinished.add(writing.unfinished);
  try {
    // Checked before anything is written: a folder of the path may have become a link meanwhile.
    await requireSameFolder(folder, writing.path);
    await handle.writeFile(writing.text);
    if (writing.mode !== undefined) await handle.chmod(writing.mode);
  } finally {
    await handle.close();
  }
}

/** Holds signals that would end the process until the returned function is called. */
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
