import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isGeneratedFile } from './generated-file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'detour-our-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('only the top of a file is read, however long it is', async () => {
  const file = join(folder, 'long');
  writeFileSync(file, '# From the rules file by `detour compile map`.\n');
  truncateSync(file, 8 * 1024 ** 3); // a hole: it takes no room
  expect(await isGeneratedFile(file)).toBe(true);
  writeFileSync(file, `${' '.repeat(500)}detour compile`);
  expect(await isGeneratedFile(file)).toBe(false);
});

test('what cannot be read is not ours', async () => {
  expect(await isGeneratedFile(join(folder, 'gone'))).toBe(false);
  expect(await isGeneratedFile(folder)).toBe(false);
});
