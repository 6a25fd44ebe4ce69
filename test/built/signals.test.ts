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

/** Starts the program, as the first process of a PID namespace of its own where asked. */
async function start(asFirst: boolean) {
  const command = asFirst
    ? ['unshare', '--pid', '--fork', '--kill-child', process.execPath]
    : [process.execPath];
  const [program = '', ...before] = command;
  const child = spawn(program, [...before, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  for await (const [chunk] of on(child.stdout, 'data', { close: ['end'] })) {
    text += chunk;
    if (text.includes('"msg":"ready"')) break;
  }
  child.stdout.resume();
  expect(text).toContain('"msg":"ready"');
  const parent = child.pid as number;
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8');
  return { child, pid: asFirst ? Number(children.trim()) : parent };
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
});
