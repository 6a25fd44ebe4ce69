import { expect, test } from 'vitest';
import { isForeignLayer, isIndexType, isSchema1Type } from './media-type.ts';

const layer = { digest: `sha256:${'0'.repeat(64)}`, size: 1 };

test.each([
  ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', undefined, true],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', undefined, true],
  ['application/vnd.oci.image.layer.v1.tar+gzip', ['https://mcr.microsoft.com/x'], true],
  ['application/vnd.oci.image.layer.v1.tar+gzip', [], false],
  ['application/vnd.docker.image.rootfs.diff.tar.gzip', undefined, false],
  ['application/vnd.in-toto+json', undefined, false],
])('%s with the URLs %o may be left where it is: %s', (mediaType, urls, expected) => {
  expect(isForeignLayer({ ...layer, mediaType, ...(urls && { urls }) })).toBe(expected);
});

test('indexes and schema 1 are known by their media types', () => {
  expect(isIndexType('application/vnd.oci.image.index.v1+json')).toBe(true);
  expect(isIndexType('application/vnd.docker.distribution.manifest.list.v2+json')).toBe(true);
  expect(isIndexType('application/vnd.docker.distribution.manifest.v2+json')).toBe(false);
  expect(isSchema1Type('application/vnd.docker.distribution.manifest.v1+prettyjws')).toBe(true);
  expect(isSchema1Type('application/vnd.docker.distribution.manifest.v2+json')).toBe(false);
});
