import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFileWithin, readRegularFileWithin } from './read-within.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'detour-file-'));
  writeFileSync(join(folder, 'file'), 'äöü');
  symlinkSync('file', join(folder, 'link'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
});
afterAll(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);

test('a character of several bytes is read whole, wherever a piece ends', async () => {
  const text = `a${'中'.repeat(100_000)}`;
  writeFileSync(at('long'), text);
  expect(await readFileWithin(at('long'), 300_001)).toBe(text);
  expect(await readRegularFileWithin(at('long'), 300_001)).toBe(text);
  await expect(readFileWithin(at('long'), 300_000)).rejects.toThrow('has more than 300000 bytes');
});

test('a byte order mark stays, and what is not UTF-8 is read as such', async () => {
  writeFileSync(at('odd'), Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff]));
  expect(await readFileWithin(at('odd'), 5)).toBe('\ufeffa\ufffd');
});

test.each(['/dev/zero', '/dev/urandom'])('%s is read up to the limit', async (device) => {
  await expect(readFileWithin(device, 100_000)).rejects.toThrow('has more than 100000 bytes');
});

describe('of regular files alone', () => {
  test('a file is read, through a link too, up to the limit', async () => {
    expect(await readRegularFileWithin(at('file'), 6)).toBe('äöü');
    expect(await readRegularFileWithin(at('link'), 6)).toBe('äöü');
    await expect(readRegularFileWithin(at('file'), 5)).rejects.toThrow('has more than 5 bytes');
  });

  test('a link is refused if it shall be', async () => {
    const reading = readRegularFileWithin(at('link'), 6, { isLinkRefused: true });
    await expect(reading).rejects.toThrow('ELOOP');
  });

  test.each(['pipe', '.', '/dev/zero', '/dev/null'])('%s is refused at once', async (name) => {
    const file = name.startsWith('/') ? name : at(name);
    await expect(readRegularFileWithin(file, 6)).rejects.toThrow('is not a regular file');
  });
});
