import { lstat, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, sep } from 'node:path';
import { parseDocument } from 'yaml';
import type { TargetDocument } from '../target/target.ts';
import { isOurText } from './our-file.ts';
import { UsageError } from './terminal.ts';

/** A document on its way to its file. */
interface Writing {
  readonly file: string;
  readonly text: string;
  /** Beside the file, so that a rename brings it there. */
  readonly unfinished: string;
  /** Of the file that it replaces. */
  readonly mode: number | undefined;
}

/**
 * Writes each document whole or not at all, and gives their files. All are made before the first is brought to its place, and
 * a Ctrl-C waits until all are there: of a folder that is half new a node makes something that nobody has said.
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
    for (const writing of writings) await make(writing, unfinished);
    for (const writing of writings) {
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
  if (isAbsolute(path) || normalize(path).split(sep)[0] === '..')
    throw new Error(`${path} is outside ${folder}`);
  const file = join(folder, path);
  const unfinished = `${file}.${process.pid}.tmp`;
  const found = await lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (found === undefined) return { file, text, unfinished, mode: undefined };
  // What a symbolic link leads to may be meant for others too.
  if (!found.isFile()) throw new Error(`${file} is no regular file`);
  const old = await readFile(file, 'utf8');
  if (old !== text && (!isOurText(old) || hasMoreSettings(old, text))) {
    throw new Error(
      `${file} holds other things than the rules: write to another folder, and merge the two`,
    );
  }
  return { file, text, unfinished, mode: found.mode & 0o7777 };
}

/** Whether below our own settings somebody put theirs. An object of Kubernetes is ours as a whole. */
function hasMoreSettings(old: string, text: string): boolean {
  const ours = settingsOf(text);
  return settingsOf(old).some((key) => !ours.includes(key));
}

/** The keys of a program's settings in YAML. */
function settingsOf(text: string): string[] {
  const value: unknown = parseDocument(text).toJS();
  if (typeof value !== 'object' || value === null || 'kind' in value) return [];
  return Object.keys(value);
}

async function make(writing: Writing, unfinished: Set<string>): Promise<void> {
  await makeFolder(dirname(writing.file));
  // What has this name already is not ours to remove.
  const handle = await open(writing.unfinished, 'wx', writing.mode);
  unfinished.add(writing.unfinished);
  try {
    await handle.writeFile(writing.text);
    if (writing.mode !== undefined) await handle.chmod(writing.mode);
  } finally {
    await handle.close();
  }
}

/** Step by step: where the kernel takes no folders (/proc), Node's own `recursive` never comes to an end. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path);
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
