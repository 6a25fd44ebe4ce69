import { expect, test } from 'vitest';
import { ociIndex, ociManifest } from '../registry/media-type.ts';
import { contentOf } from './image-content.ts';

const digest = `sha256:${'a'.repeat(64)}`;

function contentOfJson(mediaType: string, content: object) {
  return contentOf({ mediaType, digest, bytes: Buffer.from(JSON.stringify(content)) });
}

test.each([
  ['a path as its digest', { digest: 'sha256:../../../v2/other/blobs/uploads', size: 1 }],
  ['a digest that is too short', { digest: 'sha256:aa', size: 1 }],
  ['a digest of an unknown algorithm', { digest: `md5:${'a'.repeat(32)}`, size: 1 }],
  ['a size below zero', { digest, size: -1 }],
  ['a size that is not a number', { digest, size: '1' }],
])('a manifest that lists something with %s is not one', (_, descriptor) => {
  const one = { mediaType: 'application/octet-stream', ...descriptor };
  const message = 'it lists something without a digest and a size';
  expect(() => contentOfJson(ociManifest, { config: one })).toThrow(message);
  expect(() => contentOfJson(ociManifest, { layers: [one] })).toThrow(message);
  expect(() => contentOfJson(ociIndex, { manifests: [one] })).toThrow(message);
});
