import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../rig/process.ts';
import { peakMemory } from '../rig/program.ts';
import { digestOf, generatedContent } from '../rig/registry/content.ts';
import { requestsTo } from '../rig/registry/faults.ts';
import { addBlob, addContent, addImage, addManifest, ociTypes } from '../rig/registry/images.ts';
import { startRegistry } from '../rig/registry/registry.ts';
import { findBrokenTags } from '../rig/registry/walk.ts';
import { type Carried, startCarried } from './rig/carried.ts';
import { type SyncRun, startSync } from './rig/detour-sync.ts';
import { skopeoIn } from './rig/skopeo.ts';

/*
 * The built program, killed and stopped while it exports and imports.
 */

let world: Carried;
let path: string;
const kinds = ['oci', 'oci-archive'] as const;
const images = ['big/a', 'big/b', 'big/c', 'big/d'];

beforeEach(async () => {
  world = await startCarried();
  path = join(world.folder, 'carried.tar');
  for (const name of images)
    addImage(world.origin.store, name, {
      tag: '1',
      layers: [Buffer.alloc(400_000, name), Buffer.alloc(200_000, `second of ${name}`)],
    });
});
afterEach(() => world.close());

function start(args: readonly string[], list?: readonly string[], mirror = world.mirror): SyncRun {
  const { origin, folder } = world;
  return startSync(folder, {
    ...(list && { list: list.map((name) => `${origin.host}/${name}:1`) }),
    args,
    rules: {
      registries: { [origin.host]: { plainHttp: true }, [mirror.host]: { plainHttp: true } },
      rules: [{ from: origin.host, to: `${mirror.host}/copies` }],
    },
  });
}

/** Expects that skopeo reads an image with the digest of its origin. */
async function expectReadable(layout: string, name: string): Promise<void> {
  const raw = await skopeoIn(world.folder)(
    'inspect',
    '--raw',
    `${layout}:${world.origin.host}/${name}:1`,
  );
  expect(digestOf(raw)).toBe(world.origin.store.repository(name).tags.get('1'));
}

test.each(kinds)(
  '%s: an export that is killed goes on, and what was there stays',
  async (kind) => {
    const layout = world.layout(kind);
    const first = start(['--to', layout], ['team/b']);
    expect(await first.ended, first.output()).toBe(0);
    const isOfLarge = requestsTo('GET', '/blobs/');
    world.origin.faults.add({
      on: (request) => isOfLarge(request) && request.path.includes('/big/'),
      effect: { kind: 'slow', rate: 600_000 },
    });
    for (const milliseconds of [30, 150, 400, 700]) {
      const before = world.origin.requests.length;
      const run = start(['--to', layout], images);
      const hasBegun = () =>
        world.origin.requests.slice(before).some((request) => isOfLarge(request));
      await until('blobs are read', hasBegun);
      await sleep(milliseconds);
      run.process.signal('SIGKILL');
      await run.ended;
      await expectReadable(layout, 'team/b');
      if (kind === 'oci-archive') await promisify(execFile)('tar', ['tf', path]);
    }
    world.origin.faults.clear();
    const before = world.origin.requests.length;
    const last = start(['--to', layout], images);
    expect(await last.ended, last.output()).toBe(0);
    // Most of the blobs were complete.
    const read = world.origin.requests.slice(before).filter((request) => isOfLarge(request));
    expect(read.length).toBeLessThan(12);
    for (const name of ['team/b', ...images]) await expectReadable(layout, name);
    const imported = start(['--from', layout]);
    expect(await imported.ended, imported.output()).toBe(0);
    await world.expectCopied('team/b', ...images);
  },
  120_000,
);

test.each(kinds)('%s: an export that is stopped keeps what it has', async (kind) => {
  const layout = world.layout(kind);
  world.origin.faults.add({
    on: ({ path }) => path.includes('/big/') && path.includes('/blobs/'),
    effect: { kind: 'slow', rate: 50_000 },
  });
  const run = start(['--to', layout], ['team/b', ...images]);
  await until('the small image is there', () => run.output().includes('copied'));
  run.process.signal('SIGTERM');
  expect(await run.ended, run.output()).toBe(3);
  await expectReadable(layout, 'team/b');
  const partly = start(['--from', layout]);
  expect(await partly.ended, partly.output()).toBe(0);
  expect([...world.mirror.store.repositories.keys()]).toEqual(['copies/team/b']);
  world.origin.faults.clear();
  const again = start(['--to', layout], ['team/b', ...images]);
  expect(await again.ended, again.output()).toBe(0);
  expect(again.output()).toMatch(/4 copied .*, 1 present/);
});

test.each(kinds)('%s: an import that is killed goes on', async (kind) => {
  const layout = world.layout(kind);
  const exported = start(['--to', layout], images);
  expect(await exported.ended, exported.output()).toBe(0);
  world.mirror.faults.add({
    on: requestsTo('PUT', '/manifests/'),
    effect: { kind: 'delay', milliseconds: 300 },
  });
  const killed = start(['--from', layout]);
  const hasImage = () => world.mirror.requests.some(requestsTo('PUT', '/manifests/'));
  await until('a manifest comes', hasImage);
  killed.process.signal('SIGKILL');
  await killed.ended;
  expect(await findBrokenTags(world.mirror.store)).toEqual([]);
  world.mirror.faults.clear();
  const before = world.mirror.requests.length;
  const again = start(['--from', layout]);
  expect(await again.ended, again.output()).toBe(0);
  await world.expectCopied(...images);
  // The blobs that had come are not sent again.
  const uploads = world.mirror.requests.slice(before).filter(requestsTo('PUT', '/blobs/'));
  expect(uploads.length).toBeLessThan(12);
});

test.each(kinds)('%s: a second export at the same time is refused', async (kind) => {
  const layout = world.layout(kind);
  world.origin.faults.add({
    on: requestsTo('GET', '/blobs/'),
    effect: { kind: 'slow', rate: 50_000 },
  });
  const first = start(['--to', layout], images);
  await until('it has begun', () => world.origin.requests.some(requestsTo('GET', '/blobs/')));
  const second = start(['--to', layout], images);
  expect(await second.ended).toBe(2);
  expect(second.output()).toContain(`${path} is being written by process ${first.process.pid}`);
  first.process.signal('SIGKILL');
  await first.ended;
  world.origin.faults.clear();
  const third = start(['--to', layout], images);
  expect(await third.ended, third.output()).toBe(0);
});

test.each([
  [
    'oci',
    false,
    /the next images need [\d.]+ MB, and [01]([.]\d)? MB are free: free some space, or export the rest/,
  ],
  [
    'oci-archive',
    false,
    /the next images need [\d.]+ MB, and [01]([.]\d)? MB are free: free some space, or export the rest/,
  ],
  ['oci', true, /the disk is full: free some space, and run this again/],
  ['oci-archive', true, /the disk is full: free some space, and run this again/],
] as const)(
  '%s: a disk that is too small, or filled by others (%s), is reported, and what was written is kept',
  async (kind, isFilled, message) => {
    const disk = join(world.folder, 'disk');
    mkdirSync(disk);
    const mount = promisify(execFile);
    const size = isFilled ? '10m' : '1500k';
    await mount('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk]);
    try {
      const layout = `${kind}:${join(disk, 'carried.tar')}`;
      const small = start(['--to', layout], ['team/b']);
      expect(await small.ended, small.output()).toBe(0);
      const isOfLarge = ({ path }: { readonly path: string }) =>
        path.includes('/big/') && path.includes('/blobs/');
      if (isFilled)
        world.origin.faults.add({ on: isOfLarge, effect: { kind: 'slow', rate: 50_000 } });
      const full = start(['--to', layout], ['team/c', ...images]);
      if (isFilled) {
        await until('blobs are read', () => world.origin.requests.some(isOfLarge));
        // cp ends when nothing more fits.
        await mount('cp', ['/dev/zero', join(disk, 'filler')]).catch(() => undefined);
        world.origin.faults.clear();
      }
      expect([1, 3]).toContain(await full.ended);
      expect(full.output()).toMatch(message);
      rmSync(join(disk, 'filler'), { force: true });
      await expectReadable(layout, 'team/b');
      await mount('mount', ['-o', 'remount,size=20m', disk]);
      const again = start(['--to', layout], ['team/b', 'team/c', ...images]);
      expect(await again.ended, again.output()).toBe(0);
      const imported = start(['--from', layout]);
      expect(await imported.ended, imported.output()).toBe(0);
      await world.expectCopied('team/b', 'team/c', ...images);
    } finally {
      await mount('umount', [disk]);
    }
  },
);

test('an image of 512 MiB takes less than 150 MB of memory, out and in', async () => {
  const { store } = world.origin;
  const layer = await addContent(store, 'huge', generatedContent(2 ** 29, 1), ociTypes.layer);
  const config = addBlob(store, 'huge', '{}', ociTypes.config);
  const manifest = { schemaVersion: 2, mediaType: ociTypes.manifest, config, layers: [layer] };
  addManifest(store, 'huge', manifest, '1');
  const layout = world.layout('oci-archive');
  const mirror = await startRegistry({ keepsBytes: false });
  const peakOf = async (run: SyncRun): Promise<number> => {
    let peak = 0;
    const watch = setInterval(() => {
      try {
        peak = Math.max(peak, peakMemory(run.process.pid as number) || 0);
      } catch {
        // It has ended.
      }
    }, 50);
    expect(await run.ended, run.output()).toBe(0);
    clearInterval(watch);
    return peak;
  };
  const out = await peakOf(start(['--to', layout, '--max-archive-size', '200MiB'], ['huge']));
  expect(statSync(`${path}.003`).size).toBeGreaterThan(0);
  const back = await peakOf(start(['--from', layout], undefined, mirror));
  for (const peak of [out, back]) {
    expect(peak).toBeGreaterThan(20);
    expect(peak).toBeLessThan(150);
  }
  await mirror.close();
}, 300_000);

test('nothing is left next to an archive, or in a folder, but the layout', async () => {
  for (const kind of kinds) {
    const name = `left-${kind}`;
    const run = start(['--to', world.layout(kind, name)], ['team/b']);
    expect(await run.ended, run.output()).toBe(0);
    expect(existsSync(join(world.folder, `${name}.lock`))).toBe(false);
  }
  expect(existsSync(join(world.folder, 'left-oci', '.image-detour'))).toBe(false);
  expect(readFileSync(join(world.folder, 'left-oci', 'oci-layout'), 'utf8')).toBe(
    '{"imageLayoutVersion":"1.0.0"}',
  );
});
