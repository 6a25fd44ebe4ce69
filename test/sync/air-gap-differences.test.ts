import { afterEach, beforeEach, expect, test } from 'vitest';
import { addImage, addReferrer } from '../rig/registry/images.ts';
import { type Carried, startCarried } from './rig/carried.ts';

/*
 * Differences of exports: what `--since` leaves out is at the mirror once the earlier archive was
 * imported, and nothing else is left out.
 */

let world: Carried;
let archive: string;
let more: string;

beforeEach(async () => {
  world = await startCarried();
  archive = world.layout('oci-archive');
  more = world.layout('oci-archive', 'more.tar');
});
afterEach(() => world.close());

async function expectImported(...layouts: readonly string[]): Promise<void> {
  for (const layout of layouts) {
    const imported = await world.importFrom(layout);
    expect(imported.output).not.toContain('failed');
    expect(imported.code).toBe(0);
  }
}

function moveTag(repository: string, tag: string, digest: string): void {
  world.origin.store.repository(repository).tags.set(tag, digest);
}

test('a blob that only a referrer has is left out, and found at the mirror', async () => {
  await world.exportTo(archive);
  // Signatures have the same empty configuration.
  addReferrer(world.origin.store, 'team/d', addImage(world.origin.store, 'team/d', { tag: '1' }));
  world.list('team/d:1');
  expect((await world.exportTo(more, '--since', archive)).code).toBe(0);
  await expectImported(archive, more);
  await world.expectCopied('team/app', 'team/d');
});

test('a referrer of two images is carried for both', async () => {
  world.list('team/app:1');
  await world.exportTo(archive);
  const app = world.origin.store.repository('team/app');
  Object.assign(world.origin.store.repository('team/other'), {
    manifests: app.manifests,
    blobs: app.blobs,
    tags: app.tags,
  });
  world.list('team/other:1');
  await world.exportTo(more, '--since', archive);
  await expectImported(archive, more);
  await world.expectCopied('team/app', 'team/other');
});

test('an image that another repository has is carried for this one, too', async () => {
  world.list('team/b:1', 'team/c:1');
  await world.exportTo(archive);
  const { digest } = addImage(world.origin.store, 'team/other', { layers: ['shared', 'b'] });
  expect(digest).toBe(world.origin.store.repository('team/b').tags.get('1'));
  world.list(`team/other@${digest}`, 'team/c:1');
  expect((await world.exportTo(more, '--since', archive)).output).toContain('1 copied');
  await expectImported(archive, more);
  await world.expectCopied('team/b', 'team/c', 'team/other');
});

test('a blob that no image of the earlier archive needs any more is carried', async () => {
  addImage(world.origin.store, 'team/d', { tag: '1', layers: ['old'] });
  world.list('team/d:1');
  await world.exportTo(archive);
  moveTag('team/d', '1', addImage(world.origin.store, 'team/d', { layers: ['new'] }).digest);
  await world.exportTo(archive);
  addImage(world.origin.store, 'team/e', { tag: '1', layers: ['old', 'e'] });
  world.list('team/e:1', 'team/d:1');
  await world.exportTo(more, '--since', archive);
  await expectImported(archive, more);
  await world.expectCopied('team/e');
});

test('a tag that moved back is carried again', async () => {
  const [first, second] = ['x', 'y'].map(
    (layer) => addImage(world.origin.store, 'team/d', { layers: [layer] }).digest,
  );
  world.list('team/d:latest', 'team/b:1');
  moveTag('team/d', 'latest', first ?? '');
  await world.exportTo(archive);
  moveTag('team/d', 'latest', second ?? '');
  await world.exportTo(more, '--since', archive);
  moveTag('team/d', 'latest', first ?? '');
  const third = world.layout('oci', 'third');
  await world.exportTo(third, '--since', archive, '--since', more);
  await expectImported(archive, more, third);
  expect(world.mirror.store.repository('copies/team/d').tags.get('latest')).toBe(first);
});

test('a list of one image says that an earlier archive has it', async () => {
  world.list('team/b:1');
  await world.exportTo(archive);
  expect((await world.exportTo(more, '--since', archive)).output).toContain('0 copied, 1 present');
});

test('--recheck-referrers carries what has come to refer to an image', async () => {
  await world.exportTo(archive);
  const { tags, manifests } = world.origin.store.repository('team/b');
  const digest = tags.get('1') ?? '';
  const { mediaType = '', bytes = '' } = manifests.get(digest) ?? {};
  addReferrer(world.origin.store, 'team/b', { mediaType, digest, size: bytes.length });
  await world.exportTo(more, '--since', archive, '--recheck-referrers');
  await expectImported(archive);
  expect((await world.importFrom(more, '--recheck-referrers')).code).toBe(0);
  await world.expectCopied('team/app', 'team/b', 'team/c');
});

test('an image that is listed with its digest later is named so', async () => {
  world.list('team/app:1', 'team/b:1');
  await world.exportTo(archive);
  const digest = world.origin.store.repository('team/app').tags.get('1');
  world.list(`team/app:1@${digest}`, 'team/b:1');
  await world.exportTo(more, '--since', archive);
  await world.exportTo(archive);
  for (const layout of [archive, more]) {
    const plan = await world.importFrom(layout, '--plan', '--json');
    expect(plan.output).toContain(`"image":"ORIGIN/team/app:1@${digest}"`);
  }
});
