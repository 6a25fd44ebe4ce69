import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { digestOf } from '../registry/digest.ts';
import { FolderFiles } from './folder.ts';
import { LayoutBlobs } from './layout-blobs.ts';

test('of several that want the same blob one writes it, also if another one failed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'blobs-'));
  const files = await FolderFiles.write(folder);
  const blobs = new LayoutBlobs('oci:x', files, undefined);
  const bytes = Buffer.from('a layer');
  const blob = { digest: digestOf(bytes), size: bytes.length };
  let reads = 0;
  const source = () => {
    reads++;
    return reads === 1
      ? Promise.reject(new Error('the origin closed the connection'))
      : Promise.resolve(Readable.from([bytes]));
  };
  const written = await Promise.allSettled([1, 2, 3, 4].map(() => blobs.write(blob, source)));
  expect(written.map((one) => one.status === 'fulfilled' && one.value)).toEqual([
    false,
    true,
    false,
    false,
  ]);
  expect(reads).toBe(2);
  await files.close();
  rmSync(folder, { recursive: true });
});
