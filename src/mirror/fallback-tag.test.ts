import { expect, test } from 'vitest';
import type { Descriptor } from '../registry/descriptor.ts';
import { digestOf } from '../registry/digest.ts';
import { ociIndex, ociManifest } from '../registry/media-type.ts';
import { extendFallback, withReferrers } from './fallback-tag.ts';

function descriptor(letter: string): Descriptor {
  return {
    mediaType: ociManifest,
    digest: `sha256:${letter.repeat(64)}`,
    size: 5,
    artifactType: 'application/x',
    annotations: { letter },
  };
}

const [a, b, c] = [descriptor('a'), descriptor('b'), descriptor('c')];

function indexOf(...manifests: readonly Descriptor[]) {
  const bytes = Buffer.from(
    JSON.stringify({ schemaVersion: 2, manifests, annotations: { k: 'v' } }),
  );
  return { mediaType: ociIndex, digest: digestOf(bytes), bytes };
}

test('an index is made if there is none', () => {
  const made = withReferrers(undefined, [a]);
  expect(made?.mediaType).toBe(ociIndex);
  expect(made?.digest).toBe(digestOf(made?.bytes as Buffer));
  expect(JSON.parse(String(made?.bytes))).toEqual({
    schemaVersion: 2,
    mediaType: ociIndex,
    manifests: [a],
  });
});

test('what an index has stays, and what it lacks is added', () => {
  const extended = withReferrers(indexOf(a, b), [b, c]);
  expect(JSON.parse(String(extended?.bytes))).toEqual({
    schemaVersion: 2,
    manifests: [a, b, c],
    annotations: { k: 'v' },
  });
});

test('an index that has all of them is not written again', () => {
  expect(withReferrers(indexOf(a, b), [b])).toBeUndefined();
});

test('an image under that tag stays: nobody else may overwrite it', async () => {
  const image = { ...indexOf(), mediaType: ociManifest };
  const client = { getManifest: async () => image, putManifest: () => expect.unreachable() };
  const warning = await extendFallback(client, { registry: 'm', name: 'x' }, a.digest, [a]);
  expect(warning).toContain(`the tag sha256-${'a'.repeat(64)}`);
});

test('referrers of a SHA-512 digest are listed under the tag that clients read', async () => {
  const written: string[] = [];
  const client: Parameters<typeof extendFallback>[0] = {
    getManifest: () => Promise.resolve(undefined),
    putManifest: (_, reference) => {
      written.push(reference);
      return Promise.resolve({ hasReferrersApi: false });
    },
  };
  const to = { registry: 'm.example', name: 'app' };
  await extendFallback(client, to, `sha512:${'d'.repeat(128)}`, [a]);
  expect(written).toEqual([`sha512-${'d'.repeat(64)}`]);
});
