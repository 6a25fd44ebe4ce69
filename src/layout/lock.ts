import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { LayoutError } from './layout-files.ts';

/** More stale locks than this are not left by runs that were killed. */
const mostTries = 3;

/**
 * Takes a lock file, so that two exports do not write one layout. The lock of a process that has
 * ended is taken over. Returns a function that gives it back.
 *
 * @throws LayoutError that names the process that holds it
 */
export async function takeLock(file: string, what: string): Promise<() => Promise<void>> {
  const mine = JSON.stringify({ pid: process.pid, host: hostname() });
  for (let tries = 0; ; tries++) {
    try {
      await writeFile(file, mine, { flag: 'wx' });
      return () => rm(file, { force: true });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT')
        throw new LayoutError(`the folder ${dirname(file)} does not exist: make it first`);
      if (code !== 'EEXIST') throw error;
    }
    const holder = await readFile(file, 'utf8').catch(() => '');
    const name = tries < mostTries ? nameOfRunning(holder) : 'another process';
    if (name !== undefined)
      throw new LayoutError(
        `${what} is being written by ${name}: wait for it to end; if none runs, remove ${file}`,
      );
    await removeStale(file, holder);
  }
}

/** Returns the name of the process that holds a lock; undefined if it has ended. */
function nameOfRunning(holder: string): string | undefined {
  const { pid, host } = parseHolder(holder);
  if (pid === undefined) return undefined;
  if (host !== hostname()) return `process ${pid} on ${host}`;
  // Containers have the same number in each run.
  if (pid === process.pid) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  return `process ${pid}`;
}

function parseHolder(holder: string): { readonly pid?: number; readonly host?: string } {
  try {
    const { pid, host } = JSON.parse(holder) as Record<string, unknown>;
    return Number.isSafeInteger(pid) && (pid as number) > 0
      ? { pid: pid as number, host: String(host) }
      : {};
  } catch {
    // A process that was killed may have left an empty file.
    return {};
  }
}

/** Removes a lock, unless another process has just replaced it. */
async function removeStale(file: string, holder: string): Promise<void> {
  const aside = `${file}.${process.pid}`;
  await rename(file, aside).catch(() => undefined);
  const moved = await readFile(aside, 'utf8').catch(() => holder);
  if (moved !== holder) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}
