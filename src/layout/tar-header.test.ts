import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { block, endOfArchive, formatHeader, parseHeader } from './tar-header.ts';

const gibibyte = 2 ** 30;
const sizes = [0, 1, 512, 8 * gibibyte - 1, 8 * gibibyte, 40 * gibibyte + 7, 2 ** 45];

test.each(sizes)('a header of a file of %i bytes is read as it was written', (size) => {
  const header = formatHeader({ name: 'blobs/sha256/abc', size });
  expect(header.length).toBe(block);
  expect(parseHeader(header)).toEqual({ name: 'blobs/sha256/abc', size, type: '0' });
});

test('GNU tar reads files of any size', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tar-header-'));
  const file = join(folder, 'large.tar');
  const size = 9 * gibibyte;
  writeFileSync(file, formatHeader({ name: 'folder/', size: 0 }));
  writeFileSync(file, formatHeader({ name: 'large', size }), { flag: 'a' });
  // A sparse file takes no space.
  truncateSync(file, 2 * block + size + endOfArchive.length);
  const listed = execFileSync('tar', ['tvf', file], { encoding: 'utf8', env: { TZ: 'UTC' } });
  rmSync(folder, { recursive: true });
  expect(listed).toMatch(/^drwxr-xr-x 0\/0 +0 1970-01-01 00:00 folder\/\n/);
  expect(listed).toMatch(new RegExp(`^-rw-r--r-- 0/0 +${size} 1970-01-01 00:00 large$`, 'm'));
});

test('a block of zeros is the end, and anything else is not a header', () => {
  expect(parseHeader(Buffer.alloc(block))).toBe('end');
  expect(parseHeader(Buffer.alloc(block, 'x'))).toBeUndefined();
  const header = formatHeader({ name: 'a', size: 1 });
  header[200] = 1;
  expect(parseHeader(header)).toBeUndefined();
});

test('`./` before a name is left out, as tar writes it', () => {
  expect(parseHeader(formatHeader({ name: './index.json', size: 1 }))).toMatchObject({
    name: 'index.json',
  });
});
