import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requestsTo } from '../rig/registry/faults.ts';
import { addImage, addIndex, addMultiArch, addReferrer } from '../rig/registry/images.ts';
import type { DescriptorJson } from '../rig/registry/manifest-json.ts';
import { findBrokenTags } from '../rig/registry/walk.ts';
import { type Mirroring, startMirroring } from './rig/mirroring.ts';

let world: Mirroring;

beforeEach(async () => {
  world = await startMirroring();
});
afterEach(() => world.close());

const tagOf = ({ digest }: DescriptorJson) => digest.replace(':', '-');
const list = 'ORIGIN/app:1';
const sync = () => world.sync(['--list', '-'], list);
const atMirror = () => world.mirror.store.repository('copies/app');

/** Reads the list of referrers under the fallback tag of a registry. */
function fallbackOf(subject: DescriptorJson): string[] {
  const found = atMirror().find(tagOf(subject));
  const { manifests } = JSON.parse(String(found?.manifest.bytes)) as {
    manifests: DescriptorJson[];
  };
  return manifests.map(({ digest }) => digest);
}

describe('signatures, attestations and SBOMs arrive with the image', () => {
  test('by the referrers API of both, also those of the images in an index and of referrers', async () => {
    const { store } = world.origin;
    const [amd64, arm64] = ['amd64', 'arm64'].map((architecture) =>
      addImage(store, 'app', { architecture }),
    ) as [DescriptorJson, DescriptorJson];
    const index = addIndex(store, 'app', [amd64, arm64], '1');
    const sbom = addReferrer(store, 'app', amd64, 'application/spdx+json');
    const referrers = [
      addReferrer(store, 'app', index),
      addReferrer(store, 'app', arm64),
      sbom,
      addReferrer(store, 'app', sbom),
    ];
    expect(await sync()).toMatchObject({ code: 0 });
    for (const { digest } of referrers) expect(atMirror().manifests.has(digest)).toBe(true);
    expect([...atMirror().tags.keys()]).toEqual(['1']);
    expect(await findBrokenTags(world.mirror.store)).toEqual([]);
  });

  test('by the fallback tag, which is extended at the mirror and not overwritten', async () => {
    const { origin, mirror } = world;
    Object.assign(mirror.quirks, { noReferrers: true });
    const index = addMultiArch(origin.store, 'app', '1');
    const ours = addReferrer(origin.store, 'app', index);
    const theirs = addReferrer(mirror.store, 'copies/app', index, 'application/their.signature');
    addIndex(mirror.store, 'copies/app', [theirs], tagOf(index));
    expect(await sync()).toMatchObject({ code: 0 });
    expect(fallbackOf(index)).toEqual([theirs.digest, ours.digest]);
    expect(atMirror().manifests.has(ours.digest)).toBe(true);
  });

  test('from the fallback tag of the origin', async () => {
    const { origin, mirror } = world;
    Object.assign(origin.quirks, { noReferrers: true });
    Object.assign(mirror.quirks, { noReferrers: true });
    const image = addImage(origin.store, 'app', { tag: '1' });
    const signature = addReferrer(origin.store, 'app', image);
    addIndex(origin.store, 'app', [signature], tagOf(image));
    expect(await sync()).toMatchObject({ code: 0 });
    expect(fallbackOf(image)).toEqual([signature.digest]);
  });

  test.each(['sig', 'att', 'sbom'])("by cosign's tag .%s", async (suffix) => {
    const { store } = world.origin;
    const image = addImage(store, 'app', { tag: '1' });
    const tag = `${tagOf(image)}.${suffix}`;
    const { digest } = addImage(store, 'app', { tag });
    expect(await sync()).toMatchObject({ code: 0 });
    expect(atMirror().tags.get(tag)).toBe(digest);
  });
});

test.each(['sig', 'att'])(
  'a .%s that somebody made at the mirror does not get lost',
  async (suffix) => {
    const { origin, mirror } = world;
    const image = addImage(origin.store, 'app', { tag: '1' });
    const tag = `${tagOf(image)}.${suffix}`;
    addImage(origin.store, 'app', { tag });
    const { digest } = addImage(mirror.store, 'copies/app', { tag });
    const { code, stdout } = await sync();
    expect(code).toBe(0);
    expect(stdout).toContain(`${tag} of MIRROR has signatures of its own, so it was left\n`);
    expect(atMirror().tags.get(tag)).toBe(digest);
  },
);

test('what refers to an image is there before its tag', async () => {
  const { origin, mirror } = world;
  const index = addMultiArch(origin.store, 'app', '1');
  addReferrer(origin.store, 'app', index);
  await sync();
  const puts = mirror.requests.filter(requestsTo('PUT', '/manifests/')).map(({ path }) => path);
  expect(puts.at(-1)).toBe('/v2/copies/app/manifests/1');
});

test('a mirror that refuses a signature has the image, and the run says so', async () => {
  const { origin, mirror } = world;
  const image = addImage(origin.store, 'app', { tag: '1' });
  const signature = addReferrer(origin.store, 'app', image);
  mirror.faults.add({
    on: requestsTo('PUT', `/manifests/${signature.digest}`),
    effect: { kind: 'answer', status: 405, body: '{"errors":[{"code":"UNSUPPORTED"}]}' },
  });
  const { code, stdout } = await sync();
  expect(code).toBe(0);
  expect(stdout).toMatch(/\nwarning {3}the mirror refused sha256:\w+, which refers to it: .*405/);
  expect(atMirror().tags.get('1')).toBe(image.digest);
});

test('if the origin cannot say what refers to an image, the next run tries again', async () => {
  const { origin } = world;
  const image = addImage(origin.store, 'app', { tag: '1' });
  addReferrer(origin.store, 'app', image);
  const remove = origin.faults.add({
    on: requestsTo('GET', '/referrers/'),
    effect: { kind: 'answer', status: 503 },
  });
  const { code } = await sync();
  expect(code).toBe(1);
  expect(atMirror().tags.size).toBe(0);
  remove();
  expect((await sync()).code).toBe(0);
});

test('sync.referrers: false copies the image only, and asks for nothing else', async () => {
  const { origin } = world;
  world.rules('- {from: ORIGIN, to: MIRROR/copies}', 'sync: {referrers: false}');
  const image = addImage(origin.store, 'app', { tag: '1' });
  addReferrer(origin.store, 'app', image);
  expect((await sync()).code).toBe(0);
  expect(atMirror().manifests.size).toBe(1);
  expect(origin.requests.filter(requestsTo('GET', '/referrers/'))).toEqual([]);
});

/** Forgets the requests so far, so that the next run's can be counted. */
function forgetRequests(): void {
  for (const { requests } of [world.origin, world.mirror]) requests.length = 0;
}

/** Counts requests of the last run that write to the mirror. */
function writes(): number {
  return world.mirror.requests.filter(({ method }) => /^(PUT|POST|PATCH)$/.test(method)).length;
}

describe('a signature that is made after its image was copied', () => {
  const recheck = (...args: readonly string[]) =>
    world.sync(['--list', '-', '--recheck-referrers', ...args], list);

  test('costs a daily run no request, and is copied by --recheck-referrers', async () => {
    const { origin } = world;
    const index = addMultiArch(origin.store, 'app', '1');
    expect((await sync()).stdout).not.toContain('referrer');
    const signature = addReferrer(origin.store, 'app', index);
    forgetRequests();
    expect((await sync()).code).toBe(0);
    const asked = [...origin.requests, ...world.mirror.requests].map(({ path }) => path);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((path) => /referrers|sha256/.test(path))).toEqual([]);
    const { code, stdout } = await recheck();
    expect(code).toBe(0);
    expect(stdout).toContain('(1 referrer added)\n');
    expect(stdout).toContain('0 copied, 1 present, 1 referrer added\n');
    expect(atMirror().manifests.has(signature.digest)).toBe(true);
  });

  test.each([{}, { noReferrers: true }, { noSubjectHeader: true }])(
    'is not copied twice, whatever the mirror knows about referrers: %j',
    async (quirks) => {
      const { origin, mirror } = world;
      Object.assign(mirror.quirks, quirks);
      const [amd64, arm64] = ['amd64', 'arm64'].map((architecture) =>
        addImage(origin.store, 'app', { architecture }),
      ) as [DescriptorJson, DescriptorJson];
      const index = addIndex(origin.store, 'app', [amd64, arm64], '1');
      const early = addReferrer(origin.store, 'app', index);
      await sync();
      const late = addReferrer(origin.store, 'app', arm64, 'application/late');
      const ofEarly = addReferrer(origin.store, 'app', early, 'application/later');
      const tag = `${tagOf(amd64)}.sig`;
      addImage(origin.store, 'app', { tag });
      const first = await recheck('--json');
      expect(first.stdout).toMatch(/"event":"finished","status":"present".*"referrers":3,/);
      for (const { digest } of [late, ofEarly]) expect(atMirror().manifests.has(digest)).toBe(true);
      expect(atMirror().tags.has(tag)).toBe(true);
      forgetRequests();
      expect(await recheck()).toMatchObject({ code: 0 });
      expect(writes()).toBe(0);
      // Docker Hub counts them as pulls.
      expect(origin.requests.filter(requestsTo('GET', '/manifests/'))).toEqual([]);
      expect(await findBrokenTags(mirror.store)).toEqual([]);
    },
  );

  test('of a platform is found if others were left out, and the image stays as it is', async () => {
    const { origin } = world;
    world.rules('- {from: ORIGIN, to: MIRROR/copies}', 'sync: {platforms: [linux/arm64]}');
    const arm64 = addImage(origin.store, 'app', { architecture: 'arm64' });
    addIndex(origin.store, 'app', [addImage(origin.store, 'app'), arm64], '1');
    await sync();
    const digest = atMirror().tags.get('1');
    addReferrer(origin.store, 'app', arm64);
    expect((await recheck()).stdout).toContain('1 present, 1 referrer added\n');
    expect(atMirror().tags.get('1')).toBe(digest);
  });

  test('that the origin does not tell about fails the image, so --failed lists it', async () => {
    const { origin } = world;
    const image = addImage(origin.store, 'app', { tag: '1' });
    await sync();
    addReferrer(origin.store, 'app', image);
    const answer = { kind: 'answer', status: 505 } as const;
    origin.faults.add({ on: requestsTo('GET', '/referrers/'), effect: answer });
    const failed = await recheck();
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/^failed .*GET referrers/);
  });

  test('cannot be looked for by --plan, nor if the rules leave referrers out', async () => {
    expect((await recheck('--plan')).stderr).toContain('leave out --recheck-referrers');
    world.rules('- {from: ORIGIN, to: MIRROR/copies}', 'sync: {referrers: false}');
    const { code, stderr } = await recheck();
    expect(code).toBe(2);
    expect(stderr).toContain('sync.referrers: false, which leaves them out: remove one of them');
  });
});
