import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requireWritable, saveFile } from './saved-file.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'detour-saved-'));
  file = join(folder, 'report.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a file is refused before the run', () => {
  test.each([
    ['that has no name', () => ''],
    ['that is a folder', () => folder],
    ['in a folder that does not exist', () => join(folder, 'none', 'x')],
    ['in a file', () => join(file, 'x')],
  ])('%s', async (_, place) => {
    writeFileSync(file, 'old');
    await expect(requireWritable('--report', place())).rejects.toThrow('--report');
  });
});

test.each([
  ['0600', 0o600],
  ['0666', 0o666],
])('a file keeps its permissions (%s), and nothing else is left in its folder', async (_, mode) => {
  writeFileSync(file, 'old');
  chmodSync(file, mode);
  await saveFile(file, 'new');
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(statSync(file).mode & 0o777).toBe(mode);
  expect(readdirSync(folder)).toEqual(['report.json']);
});

test('a name that can be guessed leads nowhere: what others put there is not written', async () => {
  const theirs = join(folder, `.detour-sync.${process.pid}.tmp`);
  writeFileSync(theirs, 'theirs');
  await saveFile(file, 'new');
  expect(readFileSync(theirs, 'utf8')).toBe('theirs');
  expect(readdirSync(folder).sort()).toEqual([`.detour-sync.${process.pid}.tmp`, 'report.json']);
});

test('a name may be as long as names can be', async () => {
  const long = join(folder, 'x'.repeat(255));
  await saveFile(long, 'new');
  expect(readFileSync(long, 'utf8')).toBe('new');
});

test('a link stays, and what it leads to is written', async () => {
  const link = join(folder, 'link');
  writeFileSync(file, 'old');
  symlinkSync('report.json', link);
  await saveFile(link, 'new');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe('new');
});
