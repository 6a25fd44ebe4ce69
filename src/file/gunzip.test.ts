import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readStreamWithin } from './read-within.ts';

function read(bytes: Buffer, { by = 7, limit = 1_000_000 } = {}): Promise<string> {
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += by) yield bytes.subarray(at, at + by);
  }
  return readStreamWithin(chunks(), { limit, name: 'the list', isGzipRead: true });
}

const text = 'docker.io/library/nginx:1.27\n'.repeat(2_000);

test.each([1, 2, 1000])('gzip is decompressed, in chunks of %i bytes', async (by) => {
  expect(await read(gzipSync(text), { by })).toBe(text);
  expect(await read(Buffer.concat([gzipSync(text), gzipSync('b\n')]), { by })).toBe(`${text}b\n`);
});

test('other texts are read as they are', async () => {
  for (const other of ['', 'n', 'nginx', text]) expect(await read(Buffer.from(other))).toBe(other);
});

test('the limit is for what is decompressed', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  await expect(read(bomb)).rejects.toThrow('the list has more than 1000000 bytes');
});

test('a file that ends too early is an error', async () => {
  await expect(read(gzipSync(text).subarray(0, 40))).rejects.toThrow('unexpected end of file');
});
