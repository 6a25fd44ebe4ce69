import { expect, test } from 'vitest';
import { digestOf } from '../registry/digest.ts';
import { ociIndex, ociManifest } from '../registry/media-type.ts';
import { readImage } from './read-image.ts';

test('an index whose manifests would fill the memory is refused', async () => {
  const child = Buffer.from(`{"layers":[]}${' '.repeat(2 ** 20)}`);
  const manifests = Array.from({ length: 100 }, (_, at) => ({
    mediaType: ociManifest,
    digest: digestOf(Buffer.from(`${at}`)),
    size: child.length,
  }));
  const index = Buffer.from(JSON.stringify({ manifests }));
  let read = 0;
  const getManifest = (_: unknown, reference: string) => {
    if (reference === '1')
      return Promise.resolve({ mediaType: ociIndex, digest: digestOf(index), bytes: index });
    read++;
    return Promise.resolve({ mediaType: ociManifest, digest: reference, bytes: child });
  };
  const readBlob = () => expect.unreachable();
  const repository = { registry: 'r.example', name: 'app' };
  await expect(readImage({ getManifest, readBlob }, repository, '1', 'all')).rejects.toThrow(
    'the manifests of the index have more than 16777216 bytes',
  );
  expect(read).toBeLessThan(30);
});
