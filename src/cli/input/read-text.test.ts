import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Terminal } from '../terminal.ts';
import { readText } from './read-text.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'detour-read-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function read(place: string, limit: number, given = ''): Promise<string> {
  const stdin = new PassThrough();
  stdin.end(given);
  return await readText({ place, limit, what: 'the text' }, { stdin } as unknown as Terminal);
}

test('as much as the limit is read, of a file and of standard input', async () => {
  const file = join(folder, 'umlauts');
  writeFileSync(file, 'äöü');
  expect(await read(file, 6)).toBe('äöü');
  expect(await read('-', 6, 'äöü')).toBe('äöü');
  await expect(read(file, 5)).rejects.toThrow(
    `the text cannot be read: ${file} has more than 5 bytes`,
  );
  await expect(read('-', 5, 'äöü')).rejects.toThrow('standard input has more than 5 bytes');
});

test('what has no size and no end is given up at the limit', async () => {
  await expect(read('/dev/zero', 1000)).rejects.toThrow('/dev/zero has more than 1000 bytes');
});

test('a named pipe is read to its end, and no further than the limit', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const feed = () => spawn('sh', ['-c', 'printf 12345 >"$0"', pipe]);
  feed();
  expect(await read(pipe, 5)).toBe('12345');
  feed();
  await expect(read(pipe, 4)).rejects.toThrow('has more than 4 bytes');
});

test('a folder and a missing file are reported', async () => {
  await expect(read(folder, 1)).rejects.toThrow(
    `the text cannot be read: ${folder} is a folder: name a file in it`,
  );
  await expect(read(join(folder, 'none'), 1)).rejects.toThrow('the text cannot be read: ENOENT');
});
