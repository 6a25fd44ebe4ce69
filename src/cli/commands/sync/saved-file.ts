import { randomUUID } from 'node:crypto';
import { access, chmod, constants, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from '../../terminal.ts';

/** Throws UsageError if a file could not be written at the end of a run that may take hours. */
export async function requireWritable(option: string, file: string | undefined): Promise<void> {
  if (file === undefined) return;
  if (file === '') throw new UsageError(`${option} needs the name of a file`);
  const found = await stat(file).catch(() => undefined);
  try {
    if (found?.isDirectory()) throw new Error(`${file} is a folder`);
    // With its dot, what is above the file has to be a folder.
    await access(found === undefined ? `${dirname(file)}/.` : file, constants.W_OK);
  } catch (error) {
    throw new UsageError(`${option}: ${file} cannot be written: ${(error as Error).message}`);
  }
}

/** A file may be writable that cannot be replaced: its folder is not, or it is mounted alone. */
const notReplaceable = new Set(['EACCES', 'EBUSY', 'EPERM', 'EROFS']);

/** FileContent is what a file is to hold; a long text comes in parts, from its beginning each time. */
export type FileContent = string | (() => Iterable<string>);

/** Writes a file completely or leaves what it was, as far as it can be replaced. */
export async function saveFile(file: string, content: FileContent): Promise<void> {
  // `/dev/stdout` may be a file that this program writes into as well.
  if (/^\/(dev|proc)\//.test(file)) return await writeContent(file, content, { flag: 'a' });
  const found = await stat(file).catch(() => undefined);
  if (found !== undefined && !found.isFile()) return await writeContent(file, content);
  // What a link leads to is written, and the link stays.
  const target = await realpath(file).catch(() => file);
  try {
    await replaceFile(target, content, found && found.mode & 0o777);
  } catch (error) {
    if (!notReplaceable.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await writeContent(target, content);
  }
}

/** The folder may be one that others write to, such as /tmp: nothing that is there is used. */
async function replaceFile(
  file: string,
  content: FileContent,
  mode: number | undefined,
): Promise<void> {
  const unfinished = join(dirname(file), `.detour-sync.${randomUUID()}.tmp`);
  try {
    await writeContent(unfinished, content, { flag: 'wx', ...(mode !== undefined && { mode }) });
    // The umask took bits away.
    if (mode !== undefined) await chmod(unfinished, mode);
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** The parts of a text are written together, so many characters or more at a time. */
const leastWritten = 64 * 1024;

async function writeContent(
  file: string,
  content: FileContent,
  options: { readonly flag?: string; readonly mode?: number } = {},
): Promise<void> {
  await writeFile(file, typeof content === 'string' ? content : joinParts(content()), options);
}

function* joinParts(parts: Iterable<string>): Generator<string> {
  let joined = '';
  for (const part of parts) {
    joined += part;
    if (joined.length < leastWritten) continue;
    yield joined;
    joined = '';
  }
  yield joined;
}
