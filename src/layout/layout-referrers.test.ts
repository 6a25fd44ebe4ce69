import { expect, test } from 'vitest';
import type { Descriptor, Manifest } from '../registry/descriptor.ts';
import { digestOf } from '../registry/digest.ts';
import { LayoutIndex } from './layout-index.ts';
import { LayoutReferrers } from './layout-referrers.ts';

const bytes = Buffer.from('{}');
const digest = digestOf(bytes);
const mediaType = 'application/vnd.oci.image.manifest.v1+json';

test('an image of another program with several names is read once, and each name is reported', async () => {
  const manifests = ['1.26', '1.27'].map((name) => {
    const annotations = { 'org.opencontainers.image.ref.name': name };
    return { mediaType, digest, size: bytes.length, annotations };
  });
  let reads = 0;
  const read = ({ size }: Descriptor): Promise<Manifest> => {
    reads++;
    return Promise.resolve({ mediaType, digest, size, bytes });
  };
  const index = new LayoutIndex(Buffer.from(JSON.stringify({ manifests })));
  const nameless = await new LayoutReferrers(index, read).nameless();
  expect(nameless.map(({ descriptor }) => descriptor)).toEqual(manifests);
  expect(reads).toBe(1);
});
