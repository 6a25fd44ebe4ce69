import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Fault } from '../rig/registry/faults.ts';
import { requestsTo } from '../rig/registry/faults.ts';
import { startBlobHost } from '../rig/registry/hosts.ts';
import { addImage, addMultiArch, addReferrer } from '../rig/registry/images.ts';
import type { Quirks } from '../rig/registry/quirks.ts';
import { startRegistry } from '../rig/registry/registry.ts';
import { findBrokenTags, findMissing } from '../rig/registry/walk.ts';
import { type Mirroring, startMirroring } from './rig/mirroring.ts';

let world: Mirroring;

beforeEach(async () => {
  world = await startMirroring();
});
afterEach(() => world.close());

/** Fills the mirror with an image of each kind, larger than a part of an upload. */
async function fill(list = 'ORIGIN/team/app:1\nORIGIN/team/large:1\n') {
  const { store } = world.origin;
  addReferrer(store, 'team/app', addMultiArch(store, 'team/app', '1'));
  addImage(store, 'team/large', { tag: '1', layers: [Buffer.alloc(300_000, 'x')] });
  const { code, stdout, stderr } = await world.sync(['--list', '-'], list);
  return { code, output: stdout + stderr };
}

async function expectAll(): Promise<void> {
  const { code, output } = await fill();
  expect(output).toContain('2 copied');
  expect(code).toBe(0);
  expect(await findBrokenTags(world.mirror.store)).toEqual([]);
  for (const name of ['team/app', 'team/large']) {
    const copy = world.mirror.store.repository(`copies/${name}`);
    expect(findMissing(world.origin.store.repository(name), copy)).toEqual([]);
  }
}

describe('a mirror is filled although it', () => {
  test.each<[string, Quirks]>([
    ['gives paths for Locations', { relativeLocation: true }],
    ['takes one PATCH only, as ECR', { onePatch: true }],
    ['takes no PATCH', { noPatch: true }],
    ['refuses large bodies', { largestBody: 100_000 }],
    ['refuses large bodies and small parts', { largestBody: 100_000, smallestPart: 50_000 }],
    ['never mounts', { noMounts: true }],
    ['mounts only what a manifest has, as ECR', { mountsAfterManifest: true }],
    ['refuses mounts without a repository, as Quay', { noAnonymousMounts: true }],
    ['never moves a tag', { immutableTags: 'TAG_INVALID' }],
    ['wants media types in manifests, as ECR', { wantsMediaType: true }],
    ['names no digest', { noDigestHeader: true }],
    ['ignores tags in the query', { noTagParameter: true }],
    ['sees blobs late, as ECR', { lateBlobs: 3 }],
    ['has no referrers API', { noReferrers: true }],
    ['does not confirm subjects', { noSubjectHeader: true }],
    ['warns', { warning: 'this registry ends next year' }],
  ])('%s', async (_, quirks) => {
    Object.assign(world.mirror.quirks, quirks);
    await expectAll();
  });

  test('takes uploads at another host, which gets no login', async () => {
    const { store } = world.mirror;
    const uploads = await startRegistry({ store });
    world.mirror.quirks.uploadsAt = uploads.url;
    await expectAll();
    expect(uploads.requests.length).toBeGreaterThan(0);
    await uploads.close();
  });
});

describe('an origin is read although it', () => {
  const cutOnce: Fault = {
    on: requestsTo('GET', '/blobs/'),
    times: 3,
    effect: { kind: 'cut-answer', after: 60 },
  };

  test.each<[string, Quirks, Fault[]]>([
    ['names no digest', { noDigestHeader: true }, []],
    ['cuts connections', {}, [cutOnce]],
    ['cuts connections and ignores Range', { noRange: true }, [cutOnce]],
    ['cuts connections and refuses Range, as crane', { refusesRange: true }, [cutOnce]],
    ['sends wrong bytes once', {}, [{ ...cutOnce, times: 1, effect: { kind: 'corrupt', at: 9 } }]],
    ['sends too few bytes once', {}, [{ ...cutOnce, effect: { kind: 'truncate', after: 9 } }]],
  ])('%s', async (_, quirks, faults) => {
    Object.assign(world.origin.quirks, quirks);
    for (const fault of faults) world.origin.faults.add(fault);
    await expectAll();
  });

  test('has blobs and manifests at other hosts', async () => {
    const { store } = world.origin;
    const blobs = await startBlobHost(store);
    const manifests = await startRegistry({ store, quirks: { blobsAt: blobs.url } });
    Object.assign(world.origin.quirks, { blobsAt: blobs.url, manifestsAt: manifests.url });
    await expectAll();
    expect(blobs.requests.length).toBeGreaterThan(0);
    expect(manifests.requests.length).toBeGreaterThan(0);
    await Promise.all([blobs.close(), manifests.close()]);
  });

  test.each<[string, Quirks]>([
    ['lists a few tags a page', { pageSize: 2 }],
    ['links pages by paths', { pageSize: 2, relativeLink: true }],
    ['links pages by cursors, as ECR Public', { pageSize: 2, opaqueCursor: true }],
    ['links the last page to an empty one', { pageSize: 2, linkAtEnd: true }],
    ['refuses large pages, as ECR', { pageSize: 2, largestPage: 2 }],
    ['lists digests, as Artifact Registry', { listing: 'gcr' }],
  ])('%s', async (_, quirks) => {
    Object.assign(world.origin.quirks, quirks);
    const { store } = world.origin;
    for (let i = 0; i < 5; i += 1) addImage(store, 'many', { tag: `v${i}` });
    const { code } = await fill('ORIGIN/many:*');
    expect(code).toBe(0);
    const copy = world.mirror.store.repository('copies/many');
    expect(findMissing(store.repository('many'), copy)).toEqual([]);
  });
});
