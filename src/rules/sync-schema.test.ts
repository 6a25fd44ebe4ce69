import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatDiagnostic } from './diagnostic.ts';
import { loadRules } from './load.ts';

function mistakes(text: string): string[] {
  const { diagnostics } = loadRules(`version: 1\nrules: []\n${text}`);
  return diagnostics.map((one) => formatDiagnostic('f', one));
}

test('sync and workloads are read as docs/rules.md shows them', () => {
  const [, example = ''] =
    /```yaml\n((?:#.*\n)?workloads:[\s\S]*?)```/.exec(readFileSync('docs/rules.md', 'utf8')) ?? [];
  expect(example).toContain('sync:');
  expect(mistakes(example)).toEqual([]);
});

test('every mistake in them is reported at its place, with what is possible', () => {
  const text = `workloads:
  - kind: cluster
    images: [spec..x, "spec.containers[].image"]
    image: 5
  - {kind: Cluster.postgresql.cnpg.io}
sync:
  platform: all
  platforms: [linux]
  images:
    - nginx:1.27
    - NGINX:1
    - [a]
    - from: docker.io/library/redis
      tags:
        include: ["7.*", "{a}"]
        exlude: ["*-rc*"]
        pattern: ""
        semver: ">=7.2, <8"
        latest: 0
        newerThan: 90 days
      overwrite: sometimes
      tag: 5
  lists:
    - images.txt
    - {file: daily.txt, tags: {}, immutable: ["v*"], overwrite: 10d}
    - {fil: daily.txt, overwrite: 10}
    - {file: daily.txt, tags: {latest: many, include: [a/b]}}
    - 5
    - {file: daily.txt, tags: {include: []}}
  never: [docker.io/evil/*, "a b"]
  neverLists: [blacklist.txt, {file: a}]
`;
  expect(mistakes(text)).toMatchInlineSnapshot(`
    [
      "f:4:11: error wrong-value: workloads[0].kind cannot be "cluster" (expected Kind or Kind.group, such as Cluster.postgresql.cnpg.io)",
      "f:5:14: error wrong-value: workloads[0].images[0] cannot be "spec..x" (expected a path such as spec.imageName or spec.containers[].image)",
      "f:6:5: error unknown-key: workloads[0] has no key "image" (expected kind, images); did you mean "images"?",
      "f:7:5: error missing-key: workloads[1] needs the key images (expected images: a list of paths such as spec.imageName)",
      "f:9:3: error unknown-key: sync has no key "platform" (expected platforms, referrers, images, lists, never, neverLists); did you mean "platforms"?",
      "f:10:15: error wrong-value: sync.platforms[0] cannot be "linux" (expected a platform such as linux/amd64)",
      "f:13:7: error wrong-value: sync.images[1] cannot be "NGINX:1" (expected an image, or a mapping with from)",
      "f:14:7: error wrong-value: sync.images[2] cannot be a list (expected an image, or a mapping with from)",
      "f:17:26: error wrong-value: sync.images[3].tags.include[1] cannot be "{a}" (expected a glob of tags, such as 7.*)",
      "f:18:9: error unknown-key: sync.images[3].tags has no key "exlude" (expected include, exclude, pattern, semver, latest, newerThan); did you mean "exclude"?",
      "f:19:18: error wrong-value: sync.images[3].tags.pattern is empty (expected a regular expression of RE2)",
      "f:20:17: error wrong-value: sync.images[3].tags.semver cannot be ">=7.2, <8" (expected a range of versions such as >=7.2 <8, ^1.4 or 1.x || 3.x)",
      "f:21:17: error wrong-value: sync.images[3].tags.latest cannot be 0 (expected a whole number from 1)",
      "f:22:20: error wrong-value: sync.images[3].tags.newerThan cannot be "90 days" (expected a duration such as 90d, 12h or 30m)",
      "f:23:18: error wrong-value: sync.images[3].overwrite cannot be "sometimes" (expected always, never, or a duration such as 10d)",
      "f:24:7: error unknown-key: sync.images[3] has no key "tag" (expected from, tags, immutable, overwrite); did you mean "tags"?",
      "f:28:7: error missing-key: sync.lists[2] needs the key file (expected file: the name of a file)",
      "f:28:8: error unknown-key: sync.lists[2] has no key "fil" (expected file, tags, immutable, overwrite); did you mean "file"?",
      "f:28:35: error wrong-value: sync.lists[2].overwrite cannot be 10 (expected always, never, or a duration such as 10d)",
      "f:29:40: error wrong-value: sync.lists[3].tags.latest cannot be "many" (expected a whole number from 1)",
      "f:29:56: error wrong-value: sync.lists[3].tags.include[0] cannot be "a/b" (expected a glob of tags, such as 7.*)",
      "f:30:7: error wrong-value: sync.lists[4] cannot be 5 (expected the name of a file, or a mapping with file)",
      "f:31:41: error wrong-value: sync.lists[5].tags.include is empty (expected a list of globs such as 7.*)",
      "f:32:29: error wrong-value: sync.never[1] cannot be "a b" (expected a glob of images, such as docker.io/evil/*)",
      "f:33:31: error wrong-value: sync.neverLists[1] cannot be a mapping (expected the name of a file)",
    ]
  `);
});

describe('tags of sync', () => {
  const isTaken = (tags: object) =>
    mistakes(`sync: ${JSON.stringify({ images: [{ from: 'redis', tags }] })}`).length === 0;

  test.each([
    '>=7.2 <8',
    '^1.4',
    '~1.4.2',
    '1.x',
    '*',
    '>= 1.2.3-rc.1+b5 < 2 || 3.x',
    'v1.2',
    '=1||=2',
    ' 1 ',
  ])('semver takes %j', (semver) => {
    expect(isTaken({ semver })).toBe(true);
  });
  test.each([
    '',
    ' ',
    '>=',
    '1.2.3.4',
    '1,2',
    '1 ||',
    '|| 1',
    '1 || || 2',
    'latest',
    '>>1',
    '1 - 2',
  ])('semver does not take %j', (semver) => {
    expect(isTaken({ semver })).toBe(false);
  });

  test.each(['30m', '12h', '90d'])('newerThan takes %j', (newerThan) => {
    expect(isTaken({ newerThan })).toBe(true);
  });
  test.each(['90', '0d', '1y', '-1d', '1.5d', 'd', 90])(
    'newerThan does not take %j',
    (newerThan) => {
      expect(isTaken({ newerThan })).toBe(false);
    },
  );

  test('a range made to be slow to read is read at once', () => {
    const started = performance.now();
    for (const part of ['1 ', '1  ', '>= ', '1||', '1.x-a.'])
      expect(isTaken({ semver: `${part.repeat(1_000 / part.length)}!` })).toBe(false);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
