import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestOf } from '../rig/registry/content.ts';
import { type Carried, snapshot, startCarried } from './rig/carried.ts';
import { skopeoIn } from './rig/skopeo.ts';

/*
 * Images that are carried over an air gap, as a folder and as an archive. skopeo reads both.
 */

let world: Carried;

beforeEach(async () => {
  world = await startCarried();
});
afterEach(() => world.close());

const kinds = ['oci', 'oci-archive'] as const;

test.each(kinds)('%s: an export is imported whole, without asking the origin', async (kind) => {
  const layout = world.layout(kind);
  const exported = await world.exportTo(layout);
  expect(exported.output).toMatch(/3 images in .*: 3 copied/);
  expect(exported.code).toBe(0);
  expect(world.mirror.requests).toEqual([]);
  const asked = world.origin.requests.length;
  const imported = await world.importFrom(layout);
  expect(imported.output).toMatch(/3 images in .*: 3 copied/);
  expect(imported.code).toBe(0);
  expect(world.origin.requests.length).toBe(asked);
  await world.expectCopied('team/app', 'team/b', 'team/c');
});

test.each(kinds)('%s: a second export and a second import do nothing', async (kind) => {
  const layout = world.layout(kind);
  await world.exportTo(layout);
  const before = snapshot(join(world.folder, 'carried.tar'));
  const again = await world.exportTo(layout);
  expect(again).toMatchObject({ code: 0, output: expect.stringContaining('3 present') });
  expect(snapshot(join(world.folder, 'carried.tar'))).toEqual(before);
  await world.importFrom(layout);
  const writes = world.mirror.requests.filter(({ method }) => !['GET', 'HEAD'].includes(method));
  const second = await world.importFrom(layout);
  expect(second).toMatchObject({ code: 0, output: expect.stringContaining('3 present') });
  expect(
    world.mirror.requests.filter(({ method }) => !['GET', 'HEAD'].includes(method)),
  ).toHaveLength(writes.length);
});

test.each(kinds)('%s: skopeo finds each image with the digest of its origin', async (kind) => {
  const layout = world.layout(kind);
  await world.exportTo(layout);
  const skopeo = skopeoIn(world.folder);
  for (const name of ['team/app', 'team/b', 'team/c']) {
    const there = `${layout}:${world.origin.host}/${name}:1`;
    const raw = await skopeo('inspect', '--raw', there);
    const digest = world.origin.store.repository(name).tags.get('1');
    expect(digestOf(Buffer.from(raw))).toBe(digest);
    const copy = `dir:${join(world.folder, createHash('sha256').update(name).digest('hex'))}`;
    await skopeo('copy', '--all', '--preserve-digests', there, copy);
  }
});

test('a folder: a damaged and a missing file are named before anything is pushed', async () => {
  const layout = world.layout('oci');
  await world.exportTo(layout);
  const folder = join(world.folder, 'carried.tar');
  const damaged = join(folder, 'blobs', world.lastLayer('team/b').replace(':', '/'));
  const bytes = readFileSync(damaged);
  bytes[3] = (bytes[3] ?? 0) ^ 1;
  writeFileSync(damaged, bytes);
  const missing = join(folder, 'blobs', world.lastLayer('team/c').replace(':', '/'));
  rmSync(missing);
  const imported = await world.importFrom(layout);
  expect(imported.code).toBe(3);
  expect(imported.output).toMatch(
    new RegExp(`failed .*team/b:1.*${damaged} is damaged: its bytes have the digest sha256:`),
  );
  expect(imported.output).toMatch(new RegExp(`failed .*team/c:1.*${missing} is missing`));
  expect([...world.mirror.store.repositories.keys()]).toEqual(['copies/team/app']);
  await world.expectCopied('team/app');
  // Without the damaged file, the next export brings it again.
  rmSync(damaged);
  expect((await world.exportTo(layout)).output).toContain('2 copied');
  expect((await world.importFrom(layout)).output).toContain('2 copied');
  await world.expectCopied('team/app', 'team/b', 'team/c');
});

test('a folder: a damaged signature is reported, and its image is copied', async () => {
  const layout = world.layout('oci');
  await world.exportTo(layout);
  const folder = join(world.folder, 'carried.tar');
  const { manifests } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as {
    manifests: { digest: string; artifactType?: string }[];
  };
  const signature = manifests.find(({ artifactType }) => artifactType !== undefined);
  const file = join(folder, 'blobs', (signature?.digest ?? '').replace(':', '/'));
  writeFileSync(file, readFileSync(file, 'utf8').replace('2', '3'));
  const imported = await world.importFrom(layout);
  expect(imported.output).toMatch(new RegExp(`finding .*${file} is damaged: its bytes have`));
  expect(imported.output).toContain('3 copied');
  expect(imported.code).toBe(3);
});

test.each(kinds)('%s: names keep tags and digests', async (kind) => {
  const layout = world.layout(kind);
  const digest = world.origin.store.repository('team/app').tags.get('1');
  world.list(`team/app@${digest}`, `team/b:1`);
  expect((await world.exportTo(layout)).code).toBe(0);
  world.list(`team/app:1@${digest}`, `team/c`);
  // There is no team/c:latest.
  expect((await world.exportTo(layout)).code).toBe(3);
  const plan = await world.importFrom(layout, '--plan', '--json');
  const listed = plan.output
    .split('\n')
    .filter((line) => line.includes('"listed"'))
    .map((line) => (JSON.parse(line) as { listed: { image: string }[] }).listed[0]?.image);
  expect(listed.toSorted()).toEqual([
    `ORIGIN/team/app:1@${digest}`,
    `ORIGIN/team/app@${digest}`,
    'ORIGIN/team/b:1',
  ]);
  expect((await world.importFrom(layout)).code).toBe(0);
  await world.expectCopied('team/app', 'team/b');
});

test.each(kinds)('%s: a list chooses a part of what was carried', async (kind) => {
  const layout = world.layout(kind);
  await world.exportTo(layout);
  world.list('team/b:*');
  expect(
    (await world.run('--list', join(world.folder, 'images.txt'), '--from', layout)).output,
  ).toContain('1 copied');
  world.list('team/c:1', 'team/d:1');
  const part = await world.run('--list', join(world.folder, 'images.txt'), '--from', layout);
  expect(part.code).toBe(3);
  expect(part.output).toMatch(/failed .*there is no oci.*team\/d:1/);
  expect([...world.mirror.store.repositories.keys()]).toEqual(['copies/team/b', 'copies/team/c']);
});

test('an image of your own is not exported, and that is no failure', async () => {
  world.rules(`- {from: ORIGIN, to: MIRROR/copies}
- {from: ORIGIN/team/b:1, to: MIRROR/own/b:1-patched}`);
  const exported = await world.exportTo(world.layout('oci'));
  expect(exported.code).toBe(0);
  expect(exported.output).toMatch(/finding .*team\/b:1 .*own: the rule in line \d+ gives it/);
  expect(exported.output).toContain('2 copied');
});

test('--plan and --check with --to look, and write nothing', async () => {
  const layout = world.layout('oci');
  const planned = await world.exportTo(layout, '--plan');
  expect(planned.output).toContain('3 to copy');
  expect(planned.output.match(/\(it is not exported yet\)/g)).toHaveLength(3);
  expect((await world.exportTo(layout, '--check')).code).toBe(1);
  expect(existsSync(join(world.folder, 'carried.tar'))).toBe(false);
  await world.exportTo(layout);
  expect((await world.exportTo(layout, '--check')).code).toBe(0);
  const again = await world.exportTo(layout, '--plan');
  expect(again.output.match(/\(it is exported already\)/g)).toHaveLength(3);
  expect(planned.output + again.output).not.toContain('the mirror');
});

test('--plan and --check with --from say that they check no files', async () => {
  const layout = world.layout('oci');
  await world.exportTo(layout);
  for (const option of ['--plan', '--check']) {
    const { output } = await world.importFrom(layout, option);
    expect(output).toContain(
      `the files were not checked: a run without ${option} does that before it copies anything\n`,
    );
    expect((await world.importFrom(layout, option, '--json')).output).not.toContain('not checked');
    expect((await world.exportTo(layout, option)).output).not.toContain('not checked');
  }
});

test('layouts of other programs are imported if their names have a registry', async () => {
  const skopeo = skopeoIn(world.folder);
  const layout = world.layout('oci');
  const source = `docker://${world.origin.host}/team/b:1`;
  const copy = (name: string) =>
    skopeo('copy', '--all', '--src-tls-verify=false', source, `${layout}:${name}`);
  await copy(`${world.origin.host}/team/b:1`);
  await copy('b:1');
  const imported = await world.importFrom(layout);
  expect(imported.output).toContain('1 copied');
  expect(imported.output).toMatch(/finding .*b:1 \(oci:.*\): nameless: its name has no registry/);
  expect(imported.code).toBe(3);
});

test.each([
  [['--to', 'oci:a', '--from', 'oci:b'], 'use one of them'],
  [['--to', 'images.tar'], '--to takes oci:DIR or oci-archive:FILE.tar, not "images.tar"'],
  [['--from', 'oci:'], '--from takes oci:DIR or oci-archive:FILE.tar, not "oci:"'],
  [['--from', 'oci:/etc/hosts'], 'for an archive, use oci-archive:/etc/hosts'],
  [['--to', 'oci-archive:/nowhere/a.tar', '--list', '-'], 'the folder /nowhere does not exist'],
  [['--from', 'oci:/nowhere'], '--from: /nowhere is not an OCI image layout'],
  [['--to', 'oci:/proc', '--list', '-'], '--to: /proc holds other files'],
  [['--to', 'oci:a', '--unlisted'], 'run it without --to and --from'],
  [['--from', 'oci:a', '--unlisted'], 'run it without --to and --from'],
])('%j is wrong usage', async (args, message) => {
  const { code, output } = await world.run(...args);
  expect(output).toContain(message);
  expect(code).toBe(2);
});
