import { spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const args = [
  'bin/detour.js',
  'serve',
  '--listen',
  '127.0.0.1:0',
  '--health-listen',
  '127.0.0.1:0',
  '--drain-delay',
  '1s',
];

/** Returns Node with arguments, as the first process of a PID namespace of its own where asked. */
function nodeWith(asFirst: boolean, ...args: readonly string[]): [string, readonly string[]] {
  if (!asFirst) return [process.execPath, args];
  return ['unshare', ['--pid', '--fork', '--kill-child', process.execPath, ...args]];
}

/** Returns the process that runs the program. */
function pidOf(parent: number, asFirst: boolean): number {
  if (!asFirst) return parent;
  return Number(readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim());
}

/** Sends a signal to the program, which may have just ended. */
function sendTo(parent: number, asFirst: boolean, signal: NodeJS.Signals): void {
  try {
    const pid = pidOf(parent, asFirst);
    if (pid > 0) process.kill(pid, signal);
  } catch (error) {
    if (!['ENOENT', 'ESRCH'].includes(String((error as NodeJS.ErrnoException).code))) throw error;
  }
}

async function start(asFirst: boolean) {
  const child = spawn(...nodeWith(asFirst, ...args), { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  for await (const [chunk] of on(child.stdout, 'data', { close: ['end'] })) {
    text += chunk;
    if (text.includes('"msg":"ready"')) break;
  }
  child.stdout.resume();
  expect(text).toContain('"msg":"ready"');
  return { child, pid: pidOf(child.pid as number, asFirst) };
}

describe.each([false, true])('as the first process of a container: %s', (asFirst) => {
  test('SIGTERM drains and exits with 0', { timeout: 20_000 }, async () => {
    const { child, pid } = await start(asFirst);
    const began = performance.now();
    process.kill(pid, 'SIGTERM');
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    expect(performance.now() - began).toBeGreaterThan(900);
  });

  test('a second signal does not wait for the drain', { timeout: 20_000 }, async () => {
    const { child, pid } = await start(asFirst);
    process.kill(pid, 'SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 100));
    process.kill(pid, 'SIGTERM');
    const [code] = await once(child, 'close');
    expect(code).toBe(1);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)(
    '%s ends a command that does not handle it',
    { timeout: 20_000 },
    async (signal, exitCode) => {
      const command = nodeWith(asFirst, 'bin/detour.js', '--rules', 'embedded', 'resolve', '-');
      const child = spawn(...command, { stdio: ['pipe', 'ignore', 'inherit'] });
      const closed = once(child, 'close');
      // It reads until its input ends. Node itself takes a moment to start.
      for (let tries = 0; tries < 100 && child.exitCode === null && !child.signalCode; tries++) {
        sendTo(child.pid as number, asFirst, signal);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      child.kill('SIGKILL');
      const [code, endedBy] = await closed;
      expect([code, endedBy]).toEqual(asFirst ? [exitCode, null] : [null, signal]);
    },
  );
});
