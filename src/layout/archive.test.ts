import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { digestOf } from '../registry/digest.ts';
import { ArchiveFiles } from './archive.ts';
import { PartedFile } from './parted-file.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'archive-'));
  file = join(folder, 'a.tar');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const blobOf = (text: string) => {
  const bytes = Buffer.from(text);
  return { digest: digestOf(bytes), size: bytes.length, bytes };
};

/** Lists an archive as tar does. A lone block of zeros at its end is a warning. */
const listOf = (path: string) =>
  execFileSync('tar', ['tf', path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

async function* inChunks(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 700) yield bytes.subarray(at, at + 700);
}

async function readAll(files: ArchiveFiles, digest: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of await files.open(digest)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Writes blobs at once, and an index that names them. */
async function exportTo(path: string, texts: readonly string[]): Promise<void> {
  const files = await ArchiveFiles.write(path, undefined);
  await Promise.all(
    texts.map(async (text) => {
      const blob = blobOf(text);
      if ((await files.sizeOf(blob.digest)) === undefined)
        await files.write(blob, inChunks(blob.bytes));
    }),
  );
  const index = JSON.stringify(texts);
  if (String(await files.readIndex()) !== index) await files.writeIndex(Buffer.from(index));
  await files.close();
}

async function expectWhole(files: ArchiveFiles, texts: readonly string[]): Promise<void> {
  expect(JSON.parse(String(await files.readIndex()))).toEqual(texts);
  for (const text of texts) expect(await readAll(files, blobOf(text).digest)).toBe(text);
}

const first = ['a'.repeat(1500), 'b'];
const second = [...first, 'c'.repeat(2000), 'd'.repeat(512), ''];

test('an archive that is killed after any write keeps what it had, and goes on', async () => {
  await exportTo(file, first);
  const states: string[] = [];
  const keepState = () => {
    const state = join(folder, `state-${states.length}.tar`);
    copyFileSync(file, state);
    states.push(state);
  };
  for (const method of ['write', 'setLength'] as const) {
    const original = PartedFile.prototype[method] as (...args: unknown[]) => Promise<void>;
    vi.spyOn(PartedFile.prototype, method).mockImplementation(async function (
      this: PartedFile,
      ...args: unknown[]
    ) {
      await original.apply(this, args);
      keepState();
    });
  }
  await exportTo(file, second);
  vi.restoreAllMocks();
  expect(states.length).toBeGreaterThan(15);
  for (const state of states) {
    // Readers of tar see whole files, the old or the new index among them.
    const listed = listOf(state).split('\n');
    expect(listed).toContain('index.json');
    const killed = await ArchiveFiles.look(state);
    const index = JSON.parse(String(await killed.readIndex())) as readonly string[];
    await expectWhole(killed, index.length === first.length ? first : second);
    await killed.close();
    await exportTo(state, second);
    const whole = await ArchiveFiles.read(state);
    await expectWhole(whole, second);
    await whole.close();
  }
});

test('a blob that fails leaves a region, which the next attempt fills', async () => {
  const files = await ArchiveFiles.write(file, undefined);
  const blob = blobOf('e'.repeat(3000));
  const failing = async function* () {
    yield blob.bytes.subarray(0, 1000);
    throw new Error('the origin closed the connection');
  };
  await expect(files.write(blob, failing())).rejects.toThrow('closed');
  expect(await files.sizeOf(blob.digest)).toBeUndefined();
  await files.writeIndex(Buffer.from('[]'));
  await files.close();
  const before = readFileSync(file).length;
  const stopped = listOf(file);
  expect(stopped).toContain(`${blob.digest.replace('sha256:', 'blobs/sha256/')}.unused\n`);
  await exportTo(file, ['e'.repeat(3000)]);
  const again = listOf(file);
  expect(again).not.toContain('.unused');
  // The new index is all that was added.
  expect(readFileSync(file).length).toBeLessThan(before + 4000);
});

test.each([
  ['GNU tar', ['--format=gnu', '-cf']],
  ['GNU tar with pax headers', ['--format=posix', '-cf']],
])('an archive that %s wrote is read, and extended', async (_, options) => {
  const blob = blobOf('f'.repeat(1000));
  const layout = join(folder, 'layout');
  execFileSync('mkdir', ['-p', join(layout, 'blobs/sha256')]);
  writeFileSync(join(layout, 'oci-layout'), '{}');
  writeFileSync(join(layout, 'index.json'), JSON.stringify(['f'.repeat(1000)]));
  writeFileSync(join(layout, 'blobs', blob.digest.replace(':', '/')), blob.bytes);
  execFileSync('tar', [...options, file, '-C', layout, '.']);
  const files = await ArchiveFiles.read(file);
  await expectWhole(files, ['f'.repeat(1000)]);
  await files.close();
  await exportTo(file, ['f'.repeat(1000), 'g']);
  const extended = await ArchiveFiles.read(file);
  await expectWhole(extended, ['f'.repeat(1000), 'g']);
  await extended.close();
});

test('a digest that does not fit into a header is refused', async () => {
  const files = await ArchiveFiles.write(file, undefined);
  const bytes = Buffer.from('h');
  const digest = digestOf(bytes, 'sha512:');
  await expect(files.write({ digest, size: 1 }, inChunks(bytes))).rejects.toThrow('use oci:DIR');
  await files.close();
});
