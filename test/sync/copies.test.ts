import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requestsTo } from '../rig/registry/faults.ts';
import { addImage, addMultiArch, dockerTypes } from '../rig/registry/images.ts';
import { findBrokenTags, findMissing } from '../rig/registry/walk.ts';
import { countByMethod, type Mirroring, startMirroring } from './rig/mirroring.ts';

let world: Mirroring;

beforeEach(async () => {
  world = await startMirroring();
});
afterEach(() => world.close());

const withoutReferrers = 'sync: {referrers: false}';

function tagsOf(name: string): Record<string, string> {
  return Object.fromEntries(world.mirror.store.repositories.get(name)?.tags ?? []);
}

test('an image with several platforms arrives byte for byte, and a second run changes nothing', async () => {
  const { origin, mirror } = world;
  const { digest } = addMultiArch(origin.store, 'team/app', '1');
  const first = await world.sync(['--list', '-'], 'ORIGIN/team/app:1');
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toMatch(
    /^1 image: 1 to copy, 0 present\n1 request so far\ncopied {4}ORIGIN\/team\/app:1 -> MIRROR\/copies\/team\/app:1 {2}\([\d.]+ KiB, [\d.]+ s\)\n1 image in [\d.]+ s: 1 copied \([\d.]+ KiB uploaded\), 0 present\n$/,
  );
  expect(tagsOf('copies/team/app')).toEqual({ 1: digest });
  expect(await findBrokenTags(mirror.store)).toEqual([]);

  mirror.requests.length = 0;
  origin.requests.length = 0;
  const second = await world.sync(['--list', '-'], 'ORIGIN/team/app:1');
  expect(second.code).toBe(0);
  expect(second.stdout).toMatch(/^present {3}.*\n1 image in .*: 0 copied, 1 present\n$/);
  expect(countByMethod(origin.requests)).toEqual({ HEAD: 1 });
  expect(countByMethod(mirror.requests)).toEqual({ GET: 1, HEAD: 1 });
});

test('a small image with 2 platforms, 2 attestations and 10 blobs takes 42 requests at most', async () => {
  world.rules('- {from: ORIGIN, to: MIRROR/copies}', withoutReferrers);
  addMultiArch(world.origin.store, 'app', '1');
  expect((await world.sync(['--list', '-'], 'ORIGIN/app:1')).code).toBe(0);
  const { origin, mirror } = world;
  // 5 manifests and 10 blobs are read; 10 uploads take two requests each, and 5 manifests one. The
  // list of tags shows that the image is missing, and the last HEAD that it is there.
  expect(countByMethod(origin.requests)).toEqual({ GET: 15 });
  expect(countByMethod(mirror.requests)).toEqual({ GET: 1, POST: 10, PUT: 15, HEAD: 1 });
  expect(origin.requests.length + mirror.requests.length).toBeLessThanOrEqual(42);
});

test('a run that finds nothing to do costs two requests per image', async () => {
  const { origin, mirror } = world;
  const images = Array.from({ length: 20 }, (_, at) => `r${at}`).flatMap((name) =>
    ['1', '2', '3'].map((tag) => {
      addImage(origin.store, name, { tag, layers: ['base', `${name} ${tag}`] });
      return `ORIGIN/${name}:${tag}`;
    }),
  );
  addMultiArch(origin.store, 'index', '1');
  const list = [...images, 'ORIGIN/index:1'].join('\n');
  expect((await world.sync(['--list', '-'], list)).code).toBe(0);
  origin.requests.length = 0;
  mirror.requests.length = 0;
  expect((await world.sync(['--list', '-'], list)).stdout).toContain('61 present');
  expect(countByMethod(origin.requests)).toEqual({ HEAD: 61 });
  expect(countByMethod(mirror.requests)).toEqual({ HEAD: 61 });
});

test('the tag comes last and once', async () => {
  addMultiArch(world.origin.store, 'app', '1');
  await world.sync(['--list', '-'], 'ORIGIN/app:1');
  const puts = world.mirror.requests.filter(({ method }) => method === 'PUT');
  expect(puts.filter(({ path }) => path.endsWith('/manifests/1'))).toEqual([puts.at(-1)]);
});

test.each([
  ['all blobs of a repository can be mounted', {}],
  [
    'only what a manifest refers to can be mounted, as in Amazon ECR',
    { mountsAfterManifest: true },
  ],
])('a blob crosses once, however many images have it: %s', async (_, quirks) => {
  const { origin, mirror } = world;
  Object.assign(mirror.quirks, quirks);
  const base = Buffer.alloc(200_000, 'base');
  const images = ['a', 'b', 'c', 'd'].flatMap((name) =>
    ['1', '2'].map((tag) => {
      addImage(origin.store, name, { tag, layers: [base, `${name} ${tag}`] });
      return `ORIGIN/${name}:${tag}`;
    }),
  );
  expect((await world.sync(['--list', '-'], images.join('\n'))).code).toBe(0);
  expect(await findBrokenTags(mirror.store)).toEqual([]);
  const read = origin.requests
    .filter(requestsTo('GET', '/blobs/'))
    .map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
  expect(read.length).toBe(new Set(read).size);
  for (const name of ['a', 'b', 'c', 'd']) {
    expect(
      findMissing(origin.store.repository(name), mirror.store.repository(`copies/${name}`)),
    ).toEqual([]);
  }
});

test('a mirror that never mounts gets every blob, and one in use is asked before each upload', async () => {
  const { origin, mirror } = world;
  Object.assign(mirror.quirks, { noMounts: true });
  for (const name of ['a', 'b'])
    addImage(origin.store, name, { tag: '1', layers: ['shared', `of ${name}`] });
  expect((await world.sync(['--list', '-'], 'ORIGIN/a:1\nORIGIN/b:1')).code).toBe(0);
  addImage(origin.store, 'a', { tag: '2', layers: ['shared', 'new'] });
  origin.requests.length = 0;
  expect((await world.sync(['--list', '-'], 'ORIGIN/a:2')).code).toBe(0);
  expect(origin.requests.filter(requestsTo('GET', '/blobs/'))).toHaveLength(2);
  expect(await findBrokenTags(mirror.store)).toEqual([]);
});

test("Docker's own media types stay as they are", async () => {
  const { digest } = addImage(world.origin.store, 'old', { tag: '1', types: dockerTypes });
  await world.sync(['--list', '-'], 'ORIGIN/old:1');
  expect(tagsOf('copies/old')).toEqual({ 1: digest });
});

test('a tag that moved at its origin is copied again', async () => {
  addImage(world.origin.store, 'app', { tag: '1' });
  await world.sync(['--list', '-'], 'ORIGIN/app:1');
  const { digest } = addImage(world.origin.store, 'app', { tag: '1' });
  const check = await world.sync(['--list', '-', '--check'], 'ORIGIN/app:1');
  expect(check.code).toBe(1);
  expect(check.stdout).toMatch(
    /^copy {8}.* \(the mirror has another version\)\n1 image: 1 to copy/,
  );
  await world.sync(['--list', '-'], 'ORIGIN/app:1');
  expect(tagsOf('copies/app')).toEqual({ 1: digest });
  expect((await world.sync(['--list', '-', '--check'], 'ORIGIN/app:1')).code).toBe(0);
});

describe('an image that is listed by its digest', () => {
  test('is written by its digest, and by its tag if it has one', async () => {
    const { origin, mirror } = world;
    const one = addMultiArch(origin.store, 'app', '1');
    const two = addMultiArch(origin.store, 'app', '2');
    const list = `ORIGIN/app@${one.digest}\nORIGIN/app:2@${two.digest}`;
    expect((await world.sync(['--list', '-'], list)).code).toBe(0);
    expect(tagsOf('copies/app')).toEqual({ 2: two.digest });
    expect(mirror.store.repository('copies/app').manifests.has(one.digest)).toBe(true);
    origin.requests.length = 0;
    expect((await world.sync(['--list', '-'], list)).stdout).toContain('0 copied, 2 present');
    expect(origin.requests).toEqual([]);
  });
});

describe('what an earlier run left is not sent again', () => {
  test.each(['POST /v2/copies/app/blobs', 'PUT /v2/copies/app/manifests'])(
    'if it ended at %s',
    async (at) => {
      const { origin, mirror } = world;
      addMultiArch(origin.store, 'app', '1');
      const [method = '', path = ''] = at.split(' ');
      mirror.faults.add({
        on: requestsTo(method, path),
        skip: 3,
        effect: { kind: 'answer', status: 400, body: '{}' },
      });
      const failed = await world.sync(['--list', '-'], 'ORIGIN/app:1');
      expect(failed.code).toBe(1);
      expect(tagsOf('copies/app')).toEqual({});
      mirror.faults.clear();
      origin.requests.length = 0;
      const there = new Set(mirror.store.repository('copies/app').blobs.keys());
      expect(there.size).toBeGreaterThan(0);
      expect((await world.sync(['--list', '-'], 'ORIGIN/app:1')).code).toBe(0);
      const read = origin.requests
        .filter(requestsTo('GET', '/blobs/'))
        .map(({ path: read }) => read.slice(read.lastIndexOf('/') + 1));
      expect(read.filter((digest) => there.has(digest))).toEqual([]);
      expect(await findBrokenTags(mirror.store)).toEqual([]);
    },
  );
});

test('--max-rate limits how many bytes move per second', async () => {
  addImage(world.origin.store, 'app', { tag: '1', layers: [Buffer.alloc(600 * 1024, 'x')] });
  const started = performance.now();
  expect((await world.sync(['--list', '-', '--max-rate', '200KiB'], 'ORIGIN/app:1')).code).toBe(0);
  expect(performance.now() - started).toBeGreaterThan(1_500);
});

test('an origin and a mirror in one registry are no trouble', async () => {
  world.rules('- {from: ORIGIN/a, to: ORIGIN/b}');
  const { digest } = addMultiArch(world.origin.store, 'a/app', '1');
  for (let tag = 2; tag < 20; tag++) addMultiArch(world.origin.store, 'a/app', `${tag}`);
  expect((await world.sync(['--list', '-'], 'ORIGIN/a/app:*')).code).toBe(0);
  const { tags } = world.origin.store.repository('b/app');
  expect(tags.get('1')).toBe(digest);
  expect(tags.size).toBe(19);
});

test.each(['overwrite: never', 'immutable: ["1"]'])(
  'a tag that somebody pushes during a run stays, with %s',
  async (keeps) => {
    const { origin, mirror } = world;
    const list = `sync: {referrers: false, images: [{from: "ORIGIN/app:1", ${keeps}}]}`;
    world.rules('- {from: ORIGIN, to: MIRROR/copies}', list);
    addImage(origin.store, 'app', { tag: '1', layers: ['ours'] });
    let theirs = '';
    mirror.faults.add({
      on: requestsTo('PUT', '/blobs/uploads/'),
      times: 1,
      effect: () => {
        theirs = addImage(mirror.store, 'copies/app', { tag: '1', layers: ['theirs'] }).digest;
        return undefined;
      },
    });
    const { code, stdout } = await world.sync([]);
    expect(code).toBe(0);
    expect(tagsOf('copies/app')).toEqual({ 1: theirs });
    expect(stdout).toContain(
      'warning   MIRROR/copies/app:1 was written by somebody else during this run, and stays',
    );
    expect(stdout).toContain('0 copied, 1 present');
  },
);

test('--plan notes that two entries contradict each other, and the stricter one counts', async () => {
  const { origin, mirror } = world;
  addImage(mirror.store, 'copies/app', { tag: '1', layers: ['old'] });
  addImage(origin.store, 'app', { tag: '1', layers: ['new'] });
  const images =
    '[{from: "ORIGIN/app:1", overwrite: always}, {from: "ORIGIN/app:1", overwrite: never}]';
  world.rules('- {from: ORIGIN, to: MIRROR/copies}', `sync: {images: ${images}}`);
  const { code, stdout } = await world.sync(['--plan']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^nothing .*overwrite is never/m);
  expect(stdout).toContain(
    'note      ORIGIN/app:1 (sync.images[1]): it has overwrite: never here, and overwrite: always in sync.images[0]',
  );
});
