import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addImage, addIndex, addMultiArch, addReferrer } from '../rig/registry/images.ts';
import { findBrokenTags } from '../rig/registry/walk.ts';
import { type Mirroring, startMirroring } from './rig/mirroring.ts';

let world: Mirroring;

beforeEach(async () => {
  world = await startMirroring();
  copyOnly('linux/arm64');
});
afterEach(() => world.close());

const list = 'ORIGIN/app:1';
const sync = () => world.sync(['--list', '-'], list);
const atMirror = () => world.mirror.store.repository('copies/app');

function copyOnly(...platforms: readonly string[]): void {
  world.rules(
    '- {from: ORIGIN, to: MIRROR/copies}',
    `sync: {platforms: [${platforms.join(', ')}]}`,
  );
}

/** Reads the JSON lines of an output that have an event or a property. */
function records(stdout: string, what: string): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter((line) => line.includes(what))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('sync.platforms', () => {
  test('leaves out the others, and the report has both digests', async () => {
    const { origin } = world;
    const index = addMultiArch(origin.store, 'app', '1');
    addReferrer(origin.store, 'app', index);
    const { code, stdout } = await world.sync(['--list', '-', '--json'], list);
    expect(code).toBe(0);
    const digest = atMirror().tags.get('1');
    expect(records(stdout, '"finished"')).toMatchObject([{ originDigest: index.digest, digest }]);
    expect(digest).not.toBe(index.digest);
    // The image, its attestation and their index; the signature is of another digest.
    expect(atMirror().manifests.size).toBe(3);
    expect(await findBrokenTags(world.mirror.store)).toEqual([]);
  });

  test('writes nothing if the mirror has that subset', async () => {
    addMultiArch(world.origin.store, 'app', '1');
    await sync();
    world.mirror.requests.length = 0;
    const second = await sync();
    expect(second.code).toBe(0);
    expect(second.stdout).toContain('0 copied, 1 present');
    expect(world.mirror.requests.filter(({ method }) => /P(UT|OST)/.test(method))).toEqual([]);
  });

  test('--check and --plan know the subset, and what differs from it', async () => {
    addMultiArch(world.origin.store, 'app', '1');
    await sync();
    const check = () => world.sync(['--check', '--list', '-'], list);
    expect(await check()).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^1 image: 0 to copy, 1 present$/m),
    });
    const plan = await world.sync(['--plan', '--list', '-'], list);
    expect(plan.stdout).toContain('0 to copy, 1 present');
    const { store } = world.origin;
    addIndex(store, 'app', [addImage(store, 'app', { architecture: 'arm64' })], '1');
    expect(await check()).toMatchObject({ code: 1 });
    copyOnly('linux/s390x');
    expect((await check()).stdout).toContain('there is no linux/s390x');
  });

  test('an image without any of them fails with what it has', async () => {
    copyOnly('linux/s390x');
    addMultiArch(world.origin.store, 'app', '1');
    const { code, stdout } = await sync();
    expect(code).toBe(1);
    expect(stdout).toContain('there is no linux/s390x: it has linux/amd64, linux/arm64');
  });
});

describe('another digest than at the origin', () => {
  const note = (count: string) =>
    `sync.platforms gives ${count} another digest: references by the original digest fail at the mirror`;

  test('is announced by the plan, as far as it is known', async () => {
    const { store } = world.origin;
    addMultiArch(store, 'app', '1');
    addImage(store, 'single', { tag: '1' });
    const both = 'ORIGIN/app:1\nORIGIN/single:1';
    const plan = (...args: readonly string[]) =>
      world.sync(['--plan', '--list', '-', ...args], both);
    expect((await plan()).stdout).toContain(note('up to 1 index'));
    expect(records((await plan('--json')).stdout, '"action"')).toMatchObject([
      { changesDigest: 'possibly' },
      { origin: 'ORIGIN/single:1' },
    ]);
    await sync();
    const { stdout } = await plan();
    expect(stdout).toContain(note('1 index'));
    const [first, second] = records((await plan('--json')).stdout, '"action"');
    expect(first).toMatchObject({ changesDigest: true, copyDigest: atMirror().tags.get('1') });
    expect(second).not.toHaveProperty('changesDigest');
  });

  test('is counted by every run, also one that copies nothing', async () => {
    addMultiArch(world.origin.store, 'app', '1');
    for (const expected of ['1 copied', '1 present']) {
      const { stdout } = await sync();
      expect(stdout).toContain(note('1 index'));
      expect(stdout).toContain(expected);
    }
    const { stdout } = await world.sync(['--list', '-', '--json'], list);
    expect(records(stdout, '"summary"')).toMatchObject([{ changedDigests: 1 }]);
    expect(records(stdout, '"finished"')).toMatchObject([{ changesDigest: true }]);
  });

  test('does not come from an index that has only these platforms', async () => {
    const { store } = world.origin;
    addIndex(store, 'app', [addImage(store, 'app', { architecture: 'arm64' })], '1');
    expect((await sync()).stdout).not.toContain('another digest');
    const plan = await world.sync(['--plan', '--list', '-'], list);
    expect(plan.stdout).not.toContain('another digest');
  });
});

describe('an image that is listed by its digest', () => {
  test.each(['app@DIGEST', 'app:1@DIGEST'])('is copied with all platforms: %s', async (image) => {
    const index = addMultiArch(world.origin.store, 'app', '1');
    const pinned = `ORIGIN/${image.replace('DIGEST', index.digest)}`;
    const run = (...args: readonly string[]) => world.sync(['--list', '-', ...args], pinned);
    const first = await run();
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).not.toContain('another digest');
    expect(atMirror().manifests.has(index.digest)).toBe(true);
    expect(await findBrokenTags(world.mirror.store)).toEqual([]);
    expect((await run()).stdout).toContain('0 copied, 1 present');
    expect((await run('--check')).code).toBe(0);
  });

  test('is whole if the same name is listed by tag as well, and replaces a copy of a part', async () => {
    const index = addMultiArch(world.origin.store, 'app', '1');
    await sync();
    expect(atMirror().tags.get('1')).not.toBe(index.digest);
    const { code } = await world.sync(['--list', '-'], `${list}\n${list}@${index.digest}`);
    expect(code).toBe(0);
    expect(atMirror().tags.get('1')).toBe(index.digest);
  });
});

test('a platform that an image lacks is a warning, in every form of the output', async () => {
  copyOnly('linux/arm64', 'linux/s390x', 'windows/amd64');
  addMultiArch(world.origin.store, 'app', '1');
  const report = join(world.folder, 'report.json');
  const warning = 'it has no linux/s390x and no windows/amd64, only linux/amd64, linux/arm64';
  const { code, stdout } = await world.sync(['--list', '-', '--report', report], list);
  expect(code).toBe(0);
  expect(stdout).toContain(`\nwarning   ${warning}\n`);
  expect(readFileSync(report, 'utf8')).toContain(warning);
  expect(atMirror().tags.size).toBe(1);
  atMirror().tags.clear();
  const json = await world.sync(['--list', '-', '--json'], list);
  expect(records(json.stdout, '"finished"')).toMatchObject([{ warnings: [warning] }]);
});

test('so is another platform of an image without an index, which is copied as it is', async () => {
  copyOnly('linux/arm64', 'linux/s390x');
  addImage(world.origin.store, 'app', { tag: '1' });
  const { code, stdout } = await sync();
  expect(code).toBe(0);
  expect(stdout).toContain(
    '\nwarning   it has no linux/arm64 and no linux/s390x, only linux/amd64\n',
  );
  expect(atMirror().tags.size).toBe(1);
  copyOnly('linux/amd64', 'linux/s390x');
  addImage(world.origin.store, 'app', { tag: '2' });
  const other = await world.sync(['--list', '-'], 'ORIGIN/app:2');
  expect(other.stdout).not.toContain('warning');
});
