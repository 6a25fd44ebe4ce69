import { expect, test } from 'vitest';
import { digestOf } from '../registry/digest.ts';
import { RegistryError } from '../registry/registry-error.ts';
import { LayoutBlobs } from './layout-blobs.ts';
import { LayoutError, type LayoutFiles } from './layout-files.ts';

const bytes = Buffer.from('a blob');
const blob = { digest: digestOf(bytes), size: bytes.length };

/** Files of which some calls fail. */
function filesOf(calls: Partial<LayoutFiles>): LayoutFiles {
  return {
    hasCheapIndex: false,
    sizeOf: () => Promise.resolve(bytes.length),
    freeSpace: () => Promise.resolve(undefined),
    open: () => Promise.reject(new Error('not expected')),
    write: () => Promise.reject(new Error('not expected')),
    readIndex: () => Promise.resolve(undefined),
    writeIndex: () => Promise.resolve(),
    placeOf: () => 'a.tar',
    close: () => Promise.resolve(),
    ...calls,
  };
}

const diskError = (code: string) =>
  Object.assign(new Error(`${code}: i/o error, read`), { code, syscall: 'read' });

async function readFrom(files: LayoutFiles): Promise<string> {
  let text = '';
  for await (const chunk of await new LayoutBlobs('oci:x', files, undefined).read(blob))
    text += String(chunk);
  return text;
}

test.each([
  ['a worn disk', diskError('EIO')],
  ['an archive that becomes shorter', new LayoutError('a.tar became shorter')],
])('%s fails the image only, with the name of the file', async (_, error) => {
  const files = filesOf({
    open: () =>
      Promise.resolve(
        (async function* () {
          yield bytes.subarray(0, 2);
          throw error;
        })(),
      ),
  });
  const failure = await readFrom(files).catch((one: unknown) => one);
  expect(failure).toBeInstanceOf(RegistryError);
  expect(failure).toMatchObject({
    host: 'oci:x',
    message: `a.tar cannot be read: ${error.message}`,
  });
});

test('after a full disk, nothing more is read for it', async () => {
  const files = filesOf({
    sizeOf: () => Promise.resolve(undefined),
    write: () => Promise.reject(diskError('ENOSPC')),
  });
  const blobs = new LayoutBlobs('oci:x', files, undefined);
  await expect(blobs.writeBytes(blob, bytes)).rejects.toThrow('the disk is full');
  expect(() => blobs.throwIfFull()).toThrow('the disk is full');
});

test('what is announced is compared with what is free, as long as it is not there', async () => {
  const written = new Set<string>();
  const files = filesOf({
    sizeOf: (digest) => Promise.resolve(written.has(digest) ? 6 : undefined),
    freeSpace: () => Promise.resolve(20),
    write: async ({ digest }, content) => {
      for await (const _ of content) written.add(digest);
    },
  });
  const blobs = new LayoutBlobs('oci:x', files, undefined);
  const of = (...names: readonly string[]) =>
    names.map((name) => ({ digest: digestOf(Buffer.from(name)), size: 8 }));
  await blobs.announce(of('a', 'b'));
  // A blob of two images needs its place once.
  await blobs.announce(of('a', 'b'));
  await expect(blobs.announce(of('c'))).rejects.toThrow(
    'the next images need 0.1 MB, and 0 MB are free',
  );
  expect(() => blobs.throwIfFull()).toThrow('free some space');
  const others = new LayoutBlobs('oci:x', files, undefined);
  const end = await others.announce(of('a', 'b'));
  end();
  await others.announce([...of('c'), blob]);
  await others.writeBytes(blob, bytes);
  await others.announce([...of('d'), blob]);
});

test('a file system that reports no size is no reason to stop', async () => {
  const blobs = new LayoutBlobs('oci:x', filesOf({}), undefined);
  await blobs.announce([{ ...blob, size: Number.MAX_SAFE_INTEGER }]);
  blobs.throwIfFull();
});

test.each([
  ['more', 'it has more than 6 bytes'],
  ['less', 'it has 3 bytes instead of 6'],
  ['other', 'its bytes have the digest sha256:'],
])('a blob with %s bytes fails before its last', async (kind, message) => {
  const found = { more: 'a blob and more', less: 'a b', other: 'b blob' }[kind] ?? '';
  const files = filesOf({
    open: () =>
      Promise.resolve(
        (async function* () {
          yield Buffer.from(found);
        })(),
      ),
  });
  await expect(readFrom(files)).rejects.toThrow(`a.tar is damaged: ${message}`);
});
