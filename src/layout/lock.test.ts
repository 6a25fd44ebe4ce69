import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takeLock } from './lock.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  file = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a lock is given back', async () => {
  const unlock = await takeLock(file, 'a layout');
  expect(existsSync(file)).toBe(true);
  await unlock();
  expect(existsSync(file)).toBe(false);
});

test('the lock of a running process is refused, with its number', async () => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  writeFileSync(file, JSON.stringify({ pid: other.pid, host: hostname() }));
  await expect(takeLock(file, 'a layout')).rejects.toThrow(
    `a layout is being written by process ${other.pid}: wait for it to end; if none runs, remove ${file}`,
  );
  other.kill('SIGKILL');
  await once(other, 'exit');
  const unlock = await takeLock(file, 'a layout');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ pid: process.pid, host: hostname() });
  await unlock();
});

test('the lock of another machine is refused', async () => {
  writeFileSync(file, JSON.stringify({ pid: 1, host: 'elsewhere' }));
  await expect(takeLock(file, 'a layout')).rejects.toThrow('process 1 on elsewhere');
});

test.each(['', 'no JSON', '{"pid":-1}'])(
  'a lock that names no process is taken over: %j',
  async (text) => {
    writeFileSync(file, text);
    const unlock = await takeLock(file, 'a layout');
    await unlock();
  },
);
