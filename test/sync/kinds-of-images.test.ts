import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../rig/registry/content.ts';
import { requestsTo } from '../rig/registry/faults.ts';
import { addBlob, addImage, addIndex, addManifest, ociTypes } from '../rig/registry/images.ts';
import { findBrokenTags } from '../rig/registry/walk.ts';
import { type Mirroring, startMirroring } from './rig/mirroring.ts';

let world: Mirroring;

beforeEach(async () => {
  world = await startMirroring();
});
afterEach(() => world.close());

const sync = () => world.sync(['--list', '-'], 'ORIGIN/app:1');
const copied = () => world.mirror.store.repository('copies/app');

async function expectCopy(digest: string): Promise<void> {
  expect(await sync()).toMatchObject({ code: 0 });
  expect(copied().tags.get('1')).toBe(digest);
  expect(await findBrokenTags(world.mirror.store)).toEqual([]);
}

test('an index of indexes, and one that lists an image twice', async () => {
  const { store } = world.origin;
  const [a, b] = [addImage(store, 'app'), addImage(store, 'app')];
  const inner = addIndex(store, 'app', [a, b]);
  await expectCopy(addIndex(store, 'app', [inner, a, a], '1').digest);
});

test('an empty index', async () => {
  await expectCopy(addIndex(world.origin.store, 'app', [], '1').digest);
});

test('an image that has a layer several times', async () => {
  const { store } = world.origin;
  await expectCopy(addImage(store, 'app', { tag: '1', layers: ['x', 'x', '', 'x'] }).digest);
});

test('a chart, a module, and other content of unknown types', async () => {
  const { store } = world.origin;
  const config = addBlob(store, 'app', '{"name":"c"}', 'application/vnd.cncf.helm.config.v1+json');
  const layer = addBlob(store, 'app', 'tgz', 'application/vnd.cncf.helm.chart.content.v1.tar+gzip');
  const manifest = { schemaVersion: 2, mediaType: ociTypes.manifest, config, layers: [layer] };
  await expectCopy(addManifest(store, 'app', manifest, '1').digest);
});

test('layers that nodes fetch from elsewhere (Windows) stay there', async () => {
  const { origin, mirror } = world;
  const config = addBlob(origin.store, 'app', '{}', ociTypes.config);
  const own = addBlob(origin.store, 'app', 'own', ociTypes.layer);
  const foreign = {
    mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    digest: `sha256:${'f'.repeat(64)}`,
    size: 1_000_000_000,
    urls: ['https://go.microsoft.com/x'],
  };
  const mediaType = ociTypes.manifest;
  const manifest = { schemaVersion: 2, mediaType, config, layers: [foreign, own] };
  const { digest } = addManifest(origin.store, 'app', manifest, '1');
  Object.assign(mirror.quirks, { sparseManifests: true });
  expect(await sync()).toMatchObject({ code: 0 });
  expect(copied().tags.get('1')).toBe(digest);
  expect(copied().blobs.size).toBe(2);
});

describe('errors say what is wrong with an image', () => {
  test('in the format of Docker before 1.10', async () => {
    const repository = world.origin.store.repository('app');
    const bytes = Buffer.from('{"schemaVersion":1,"name":"app","tag":"1","fsLayers":[]}');
    const mediaType = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
    repository.manifests.set(digestOf(bytes), { mediaType, bytes, pushed: new Date() });
    repository.tags.set('1', digestOf(bytes));
    const { code, stdout } = await sync();
    expect(code).toBe(1);
    expect(stdout).toContain('in the format of Docker before 1.10 (schema 1)');
  });

  test('whose index lists what is not there', async () => {
    const { store } = world.origin;
    const [a, b] = [addImage(store, 'app'), addImage(store, 'app')];
    addIndex(store, 'app', [a, b], '1');
    store.repository('app').manifests.delete(b.digest);
    const { code, stdout } = await sync();
    expect(code).toBe(1);
    expect(stdout).toContain(`ORIGIN/app lacks ${b.digest}, which its index lists`);
    expect(copied().tags.size).toBe(0);
  });

  test('that lists something without a digest', async () => {
    const { store } = world.origin;
    const manifest = { schemaVersion: 2, mediaType: ociTypes.manifest, layers: [{ size: 5 }] };
    addManifest(store, 'app', manifest as never, '1');
    const { code, stdout } = await sync();
    expect(code).toBe(1);
    expect(stdout).toContain('is not a manifest: it lists something without a digest');
  });
});

test('a tag that the mirror does not move is an error that says so', async () => {
  const { origin, mirror } = world;
  addImage(origin.store, 'app', { tag: '1' });
  await sync();
  Object.assign(mirror.quirks, { immutableTags: 'TAG_INVALID' });
  addImage(origin.store, 'app', { tag: '1' });
  const { code, stdout } = await sync();
  expect(code).toBe(1);
  expect(stdout).toContain('TAG_INVALID');
});

test('a name that somebody else writes at the same time is an error', async () => {
  const { origin, mirror } = world;
  addImage(origin.store, 'app', { tag: '1' });
  const { digest } = addImage(mirror.store, 'copies/app', { tag: 'other' });
  mirror.faults.add({
    on: requestsTo('HEAD', '/copies/app/manifests/1'),
    effect: () => {
      copied().tags.set('1', digest);
      return undefined;
    },
  });
  const { code, stdout } = await sync();
  expect(code).toBe(1);
  expect(stdout).toMatch(/copies\/app:1 is sha256:\w+ after sha256:\w+ was written: somebody else/);
});

test('a name that somebody else writes is not written again from another origin', async () => {
  const { origin, mirror } = world;
  world.rules('- {from: [ORIGIN/one, ORIGIN/two], to: MIRROR/copies}');
  for (const name of ['one/app', 'two/app']) addImage(origin.store, name, { tag: '1' });
  const { digest } = addImage(mirror.store, 'copies/app', { tag: 'other' });
  const isWritten = requestsTo('PUT', '/copies/app/manifests/1');
  mirror.faults.add({
    on: (request) => mirror.requests.some(isWritten) && request.method === 'HEAD',
    effect: () => {
      copied().tags.set('1', digest);
      return undefined;
    },
  });
  expect(await world.sync(['--list', '-'], 'ORIGIN/one/app:1')).toMatchObject({ code: 1 });
  expect(mirror.requests.filter(isWritten)).toHaveLength(1);
  expect(origin.requests.filter(({ path }) => path.includes('/two/'))).toEqual([]);
});

test('parts of a size that the rules file names, for a mirror that refuses large requests', async () => {
  const { origin, mirror, folder } = world;
  addImage(origin.store, 'app', { tag: '1', layers: [Buffer.alloc(200_000, 'x')] });
  Object.assign(mirror.quirks, { largestBody: 70_000 });
  writeFileSync(
    join(folder, 'detour.yaml'),
    `version: 1
registries:
  ${origin.host}: {plainHttp: true}
  ${mirror.host}: {plainHttp: true, chunk: 64KiB}
rules: [{from: ${origin.host}, to: ${mirror.host}/copies}]
`,
  );
  expect(await sync()).toMatchObject({ code: 0 });
  expect(mirror.requests.filter(requestsTo('PATCH', '/uploads/')).length).toBeGreaterThan(3);
  expect(await findBrokenTags(mirror.store)).toEqual([]);
});
