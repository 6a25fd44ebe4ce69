import { expect, test } from 'vitest';
import { digestOf } from '../registry/digest.ts';
import { LayoutIndex } from './layout-index.ts';

const digest = digestOf(Buffer.from('an image'));
const other = digestOf(Buffer.from('another image'));
const mediaType = 'application/vnd.oci.image.manifest.v1+json';

function entry(name: string | undefined, of = digest, key = 'org.opencontainers.image.ref.name') {
  return { mediaType, digest: of, size: 1, ...(name && { annotations: { [key]: name } }) };
}

function indexOf(...manifests: readonly object[]): LayoutIndex {
  return new LayoutIndex(Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })));
}

test.each([
  ['docker.io/library/nginx:1.27', 'docker.io/library/nginx', '1.27'],
  ['index.docker.io/nginx:1.27', 'docker.io/library/nginx', '1.27'],
  ['quay.io/org/app', 'quay.io/org/app', 'latest'],
  ['localhost:5000/app:1', 'localhost:5000/app', '1'],
  [`quay.io/org/app@${digest}`, 'quay.io/org/app', digest],
  [`quay.io/org/app:1@${digest}`, 'quay.io/org/app', '1'],
])('%s is found in %s as %s', (name, repository, reference) => {
  for (const key of ['org.opencontainers.image.ref.name', 'io.containerd.image.name'])
    expect(indexOf(entry(name, digest, key)).find(repository, reference)?.digest).toBe(digest);
});

test.each([undefined, '1.27', 'nginx:1.27', 'library/nginx:1.27', 'NOT A NAME'])(
  '%j is not a name that rules match',
  (name) => {
    const index = indexOf(entry(name));
    expect(index.names()).toEqual([]);
    expect(index.others()).toHaveLength(1);
  },
);

test('what is read is written as it was', () => {
  const manifests = [entry('quay.io/a/b:1'), entry(undefined, other)];
  const index = new LayoutIndex(
    Buffer.from(JSON.stringify({ manifests, annotations: { a: 'b' } })),
  );
  expect(index.isChanged).toBe(false);
  expect(JSON.parse(index.toBytes().toString())).toMatchObject({
    manifests,
    annotations: { a: 'b' },
  });
});

test('a name moves to another image, and keeps its digest if it is pinned', () => {
  const index = indexOf(entry('quay.io/a/b:1'));
  index.name('quay.io/a/b', '1', entry(undefined, other), false);
  index.name('quay.io/a/b', '2', entry(undefined, other), true);
  index.name('quay.io/a/b', other, entry(undefined, other), false);
  expect(index.names()).toEqual([
    { name: 'quay.io/a/b:1', digest: other },
    { name: `quay.io/a/b:2@${other}`, digest: other },
    { name: `quay.io/a/b@${other}`, digest: other },
  ]);
  const again = new LayoutIndex(index.toBytes());
  again.name('quay.io/a/b', '2', entry(undefined, other), true);
  expect(again.isChanged).toBe(false);
});

test.each([
  ['not JSON', 'index.json is not a JSON object'],
  ['[]', 'index.json is not a JSON object'],
  ['{}', 'index.json has no list of manifests'],
  [
    JSON.stringify({
      manifests: [
        {
          ...entry(undefined),
          annotations: {
            'org.opencontainers.image.ref.name': 'quay.io/a/b:1',
            'io.containerd.image.name': 'quay.io/a/b:3',
          },
        },
      ],
    }),
    'the names quay.io/a/b:3 and quay.io/a/b:1: it is damaged',
  ],
  ['{"manifests": [{"digest": "sha256:../../etc/passwd"}]}', 'without a digest'],
  [
    JSON.stringify({ manifests: [entry('quay.io/a:1'), entry('quay.io/a:1', other)] }),
    `index.json gives the name quay.io/a:1 to ${digest} and to ${other}`,
  ],
])('%s is refused', (text, message) => {
  expect(() => new LayoutIndex(Buffer.from(text))).toThrow(message);
});
