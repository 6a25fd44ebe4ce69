import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * Namespaces is where the cluster runs: Linux namespaces of its own, and a folder for its files.
 */
export interface Namespaces {
  /** The first process in them. */
  readonly pid: number;
  readonly folder: string;
  /** Ends everything in them, and returns when it has ended. */
  stop(): Promise<void>;
}

const prefix = 'image-detour-cluster-';

/** Opens the namespaces. Nothing in them outlives the process that calls this, however it ends. */
export async function openNamespaces(): Promise<Namespaces> {
  if (process.getuid?.() !== 0) throw new Error('a node in namespaces of its own needs root');
  clearAbandoned();
  const folder = mkdtempSync(join(tmpdir(), prefix));
  mkdirSync(join(folder, 'log'));
  const init = spawn(
    'setpriv',
    [
      '--pdeathsig',
      'KILL',
      'unshare',
      '--kill-child',
      '--fork',
      '--propagation',
      'private',
      '--pid',
      '--mount-proc',
      '--mount',
      '--net',
      '--uts',
      join(import.meta.dirname, 'init.sh'),
      basename(folder),
    ],
    { stdio: ['ignore', 'pipe', openSync(join(folder, 'log', 'init.log'), 'a')] },
  );
  writeFileSync(join(folder, 'owner'), String(init.pid));
  await readyLine(init);
  const [pid] = execFileSync('ps', ['--ppid', String(init.pid), '-o', 'pid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(Number);
  if (pid === undefined) throw new Error('the namespaces have no first process');
  const stop = async () => {
    const ended = once(init, 'exit');
    // Its end is told only when nothing is left of what it began.
    process.kill(pid, 'SIGKILL');
    await ended;
    clear(folder);
  };
  return { pid, folder, stop };
}

async function readyLine(init: ChildProcess): Promise<void> {
  if (init.stdout === null) throw new Error('no output');
  for await (const line of createInterface(init.stdout)) if (line === 'ready') return;
  throw new Error('the namespaces could not be made; see init.log');
}

/** What a run left behind that was killed. */
function clearAbandoned(): void {
  for (const name of readdirSync(tmpdir()).filter((each) => each.startsWith(prefix))) {
    const folder = join(tmpdir(), name);
    const owner = readText(join(folder, 'owner'));
    if (owner !== undefined && readText(`/proc/${owner}/cmdline`)?.includes(name)) continue;
    clear(folder);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Leaves the logs to a reader, until the next start. */
function clear(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name !== 'log') rmSync(join(folder, name), { recursive: true, force: true });
  }
  const groups = readdirSync('/sys/fs/cgroup')
    .map((controller) => join('/sys/fs/cgroup', controller, basename(folder)))
    .filter((group) => existsSync(group));
  if (groups.length > 0) execFileSync('find', [...groups, '-depth', '-type', 'd', '-delete']);
}

function readText(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
