import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * Running is a program that runs next to the tests; what it writes on both its outputs is in `log`.
 */
export interface Running {
  readonly log: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  isAlive(): boolean;
  lines(): string[];
  signal(signal: NodeJS.Signals): void;
  /** Signals and waits for the end. */
  stop(signal: NodeJS.Signals): Promise<Exit>;
}

const alive = new Set<ChildProcess>();
const killAll = () => {
  for (const child of alive) child.kill('SIGKILL');
};
process.once('exit', killAll);
// A worker of Vitest, told to end or left alone by an interrupted Vitest, must leave nothing
// behind.
if (process.send !== undefined) {
  process.once('SIGTERM', () => process.exit());
  process.once('disconnect', () => process.exit());
}

/** Starts a program whose output goes to the file `log`. */
export function start(program: string, args: readonly string[], log: string): Running {
  return startWith(program, args, log, {});
}

/** Starts a program as `start` does, in a folder or an environment of its own. */
export function startWith(
  program: string,
  args: readonly string[],
  log: string,
  options: Pick<SpawnOptions, 'cwd' | 'env'>,
): Running {
  const output = openSync(log, 'a');
  const child = spawn(program, args, { ...options, stdio: ['ignore', output, output] });
  closeSync(output);
  alive.add(child);
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  }).finally(() => alive.delete(child));
  exited.catch(() => undefined); // whoever awaits it hears of it
  return {
    log,
    pid: child.pid ?? 0,
    exited,
    isAlive: () => alive.has(child),
    lines: () => readFileSync(log, 'utf8').split('\n'),
    signal: (signal) => void child.kill(signal),
    stop(signal) {
      child.kill(signal);
      return exited;
    },
  };
}

/** Asks again and again until there is an answer other than undefined or false. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  seconds = 15,
): Promise<Exclude<T, undefined | false>> {
  const deadline = Date.now() + seconds * 1_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await sleep(50);
  }
}

/**
 * Waits as `until` does, but gives up as soon as the program has ended, and then shows how its log
 * ends.
 */
export async function untilReady<T>(
  what: string,
  running: Running,
  ask: () => T | Promise<T>,
  seconds: number,
): Promise<Exclude<T, undefined | false>> {
  try {
    return await until(
      what,
      () => {
        if (!running.isAlive()) throw new Error(`ended too early: ${what}`);
        return ask();
      },
      seconds,
    );
  } catch (error) {
    const tail = running.lines().slice(-25).join('\n');
    throw new Error(`${(error as Error).message}\n--- the end of ${running.log}:\n${tail}`);
  }
}

/** Returns a port of 127.0.0.1 that nobody listened at a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
