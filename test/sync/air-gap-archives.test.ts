import { execFile, execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Containerd } from '../rig/containerd.ts';
import { digestOf } from '../rig/registry/content.ts';
import { addImage } from '../rig/registry/images.ts';
import { type Carried, snapshot, startCarried } from './rig/carried.ts';
import { skopeoIn } from './rig/skopeo.ts';

/*
 * Archives that are split, extended, damaged and cut short, and differences of two exports.
 */

let world: Carried;
let file: string;
let archive: string;

beforeEach(async () => {
  world = await startCarried();
  archive = world.layout('oci-archive');
  file = join(world.folder, 'carried.tar');
});
afterEach(() => world.close());

const tar = async (...args: readonly string[]) =>
  (await promisify(execFile)('tar', args)).stdout.trimEnd().split('\n');

/** Adds an image whose only layer has so many bytes, which no compression makes smaller. */
function addLarge(name: string, size: number): void {
  const layer = Buffer.alloc(size);
  for (let at = 0; at < size; at += 4)
    layer.writeUInt32LE(Math.imul(at + size, 2654435761) >>> 0, at);
  addImage(world.origin.store, name, { tag: '1', layers: [layer] });
}

/** Returns the names of the parts of the archive. */
function parts(): string[] {
  return readdirSync(world.folder)
    .filter((name) => /^carried\.tar\.\d+$/.test(name))
    .toSorted();
}

/** Changes one byte of a file. */
function flip(path: string, position: number): void {
  const bytes = readFileSync(path);
  const handle = openSync(path, 'r+');
  writeSync(handle, Buffer.from([(bytes[position] ?? 0) ^ 1]), 0, 1, position);
  closeSync(handle);
}

/** Makes a hole in the archive, as a damaged disk or a copy that was broken off has. */
function zero(position: number): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(512), 0, 512, position);
  closeSync(handle);
}

function replaceBy(write: () => void): void {
  rmSync(file);
  write();
}

/** Packs an archive with one file. */
function pack(name: string): void {
  const packed = join(world.folder, 'packed');
  mkdirSync(dirname(join(packed, name)), { recursive: true });
  writeFileSync(join(packed, name), '{}');
  execFileSync('tar', ['cf', file, '-C', packed, name]);
}

/** Returns where the last layer of an image begins in the archive: after its header. */
function positionOf(repository: string): number {
  const hex = world.lastLayer(repository).slice('sha256:'.length);
  return readFileSync(file).indexOf(`blobs/sha256/${hex}`) + 512;
}

async function expectSkopeoReads(layout: string, ...names: readonly string[]): Promise<void> {
  const skopeo = skopeoIn(world.folder);
  for (const name of names) {
    const there = `${layout}:${world.origin.host}/${name}:1`;
    const raw = await skopeo('inspect', '--raw', there);
    expect(digestOf(raw)).toBe(world.origin.store.repository(name).tags.get('1'));
    await skopeo('copy', '--all', '--preserve-digests', there, `dir:${join(world.folder, 'read')}`);
  }
}

test('an archive holds the files of a layout, as tar lists them', async () => {
  await world.exportTo(archive);
  const names = await tar('tf', file);
  expect(names.slice(0, 3)).toEqual(['oci-layout', 'blobs/', 'blobs/sha256/']);
  expect(names.at(-1)).toBe('index.json');
  expect(names.slice(3, -1).every((name) => /^blobs\/sha256\/[0-9a-f]{64}$/.test(name))).toBe(true);
  expect(new Set(names).size).toBe(names.length);
});

test('a second export adds what is new, and moves nothing', async () => {
  world.list('team/b:1');
  await world.exportTo(archive);
  const before = readFileSync(file);
  const entries = await tar('tf', file);
  world.list('team/app:1', 'team/b:1', 'team/c:1');
  expect((await world.exportTo(archive)).output).toMatch(/2 copied .*, 1 present/);
  const names = await tar('tf', file);
  expect(names.slice(0, entries.length)).toEqual([...entries.slice(0, -1), 'index.json.old']);
  expect(names.filter((name) => name === 'index.json')).toHaveLength(1);
  const start = before.subarray(0, before.indexOf('index.json'));
  expect(readFileSync(file).subarray(0, start.length)).toEqual(start);
  await expectSkopeoReads(archive, 'team/app', 'team/b', 'team/c');
  await world.importFrom(archive);
  await world.expectCopied('team/app', 'team/b', 'team/c');
});

test('a flipped byte fails its images only, and names the file', async () => {
  await world.exportTo(archive);
  flip(file, positionOf('team/b') + 5);
  const imported = await world.importFrom(archive);
  expect(imported.code).toBe(3);
  const hex = world.lastLayer('team/b').slice('sha256:'.length);
  expect(imported.output).toMatch(
    new RegExp(`failed .*team/b:1.*\\(blobs/sha256/${hex} in ${file} is damaged: its bytes have`),
  );
  expect([...world.mirror.store.repositories.keys()].toSorted()).toEqual([
    'copies/team/app',
    'copies/team/c',
  ]);
  await world.expectCopied('team/app', 'team/c');
});

test.each([
  ['is cut short', () => truncateSync(file, statSync(file).size - 1024), 'is not complete'],
  ['is cut in a file', () => truncateSync(file, 5000), 'is not complete|is damaged'],
  ['has a damaged header', () => flip(file, 512 * 2 + 3), 'is damaged: there is no header'],
  ['is compressed', () => writeFileSync(file, Buffer.from('1f8b0800', 'hex')), 'is compressed'],
  ['is something else', () => writeFileSync(file, 'x'.repeat(2000)), 'is not a tar archive'],
  ['has a hole', () => zero(512 * 4), 'is damaged: there is no header of a file at byte 2048'],
  ['is a folder', () => replaceBy(() => mkdirSync(file)), 'is a folder: write oci:'],
  ['docker wrote', () => replaceBy(() => pack('manifest.json')), 'docker save wrote it: convert'],
  ['has a folder', () => replaceBy(() => pack('x/index.json')), 'unpack it and use oci:x'],
  ['is gone', () => rmSync(file), 'does not exist'],
])('an archive that %s is refused', async (_, damage, message) => {
  await world.exportTo(archive);
  damage();
  const { code, output } = await world.importFrom(archive);
  expect(output).toMatch(new RegExp(`--from: ${file}.* ${message}|--from: ${file} ${message}`));
  expect(code).toBe(2);
  expect(world.mirror.requests).toEqual([]);
});

test('an archive with a hole is not written: what is after the hole would be lost', async () => {
  await world.exportTo(archive);
  zero(512 * 4);
  const before = readFileSync(file);
  const { code, output } = await world.exportTo(archive);
  expect(output).toContain(`--to: ${file} is damaged`);
  expect(code).toBe(2);
  expect(readFileSync(file)).toEqual(before);
});

test('an archive that was cut short is completed by the next export', async () => {
  await world.exportTo(archive);
  truncateSync(file, Math.floor(statSync(file).size / 2));
  expect((await world.exportTo(archive)).code).toBe(0);
  await expectSkopeoReads(archive, 'team/app', 'team/b', 'team/c');
  await world.importFrom(archive);
  await world.expectCopied('team/app', 'team/b', 'team/c');
});

test('a split archive is imported from its parts, and skopeo reads them joined', async () => {
  addLarge('team/large', 2_500_000);
  world.list('team/app:1', 'team/large:1', 'team/b:1');
  expect((await world.exportTo(archive, '--max-archive-size', '1MiB')).code).toBe(0);
  expect(parts()).toEqual(['carried.tar.001', 'carried.tar.002', 'carried.tar.003']);
  const sizes = parts().map((name) => statSync(join(world.folder, name)).size);
  expect(sizes.slice(0, 2)).toEqual([2 ** 20, 2 ** 20]);
  expect((await world.importFrom(archive)).code).toBe(0);
  await world.expectCopied('team/app', 'team/large', 'team/b');
  const joined = join(world.folder, 'joined.tar');
  writeFileSync(
    joined,
    Buffer.concat(parts().map((name) => readFileSync(join(world.folder, name)))),
  );
  await expectSkopeoReads(`oci-archive:${joined}`, 'team/app', 'team/large', 'team/b');
});

test('a second export extends a split archive, and one with nothing new leaves it', async () => {
  addLarge('team/large', 2_500_000);
  world.list('team/b:1');
  await world.exportTo(archive, '--max-archive-size', '1MiB');
  expect(parts()).toHaveLength(1);
  const refused = await world.exportTo(archive);
  expect(refused.output).toContain('give --max-archive-size as when it was made');
  world.list('team/b:1', 'team/large:1');
  await world.exportTo(archive, '--max-archive-size', '1MiB');
  expect(parts()).toHaveLength(3);
  const before = parts().map((name) => snapshot(join(world.folder, name)));
  expect((await world.exportTo(archive)).output).toContain('2 present');
  expect(parts().map((name) => snapshot(join(world.folder, name)))).toEqual(before);
  const other = await world.exportTo(archive, '--max-archive-size', '2MiB');
  expect(other.output).toContain('give the --max-archive-size that it was made with');
  await world.importFrom(archive);
  await world.expectCopied('team/b', 'team/large');
});

test('a missing, a short and a damaged part are named', async () => {
  addLarge('team/large', 3_500_000);
  world.list('team/b:1', 'team/large:1');
  await world.exportTo(archive, '--max-archive-size', '1MiB');
  expect(parts()).toHaveLength(4);
  const aside = (name: string) => renameSync(`${file}.${name}`, join(world.folder, 'aside'));
  const back = (name: string) => renameSync(join(world.folder, 'aside'), `${file}.${name}`);
  aside('002');
  expect((await world.importFrom(archive)).output).toContain(`${file}.002 is missing`);
  back('002');
  expect((await world.importFrom(`${archive}.002`)).output).toContain(
    `${file}.002 is a part of an archive: use oci-archive:${file}\n`,
  );
  aside('001');
  expect((await world.importFrom(archive)).output).toContain(`${file}.001 is missing`);
  back('001');
  aside('004');
  expect((await world.importFrom(archive)).output).toContain(
    'carry all of it again, with its last part',
  );
  back('004');
  const whole = readFileSync(`${file}.002`);
  truncateSync(`${file}.002`, 1000);
  expect((await world.importFrom(archive)).output).toContain(
    `${file}.002 has 1000 bytes instead of 1048576: it is damaged`,
  );
  expect(world.mirror.requests).toEqual([]);
  writeFileSync(`${file}.002`, whole);
  flip(`${file}.003`, 1000);
  const imported = await world.importFrom(archive);
  expect(imported.output).toMatch(
    new RegExp(
      `failed .*team/large:1.* in ${file}.001 and ${file}.002 and ${file}.003 and ${file}.004 is damaged`,
    ),
  );
  expect([...world.mirror.store.repositories.keys()]).toEqual(['copies/team/b']);
});

test.each([
  ['of the same size', 2 ** 20],
  ['larger', 2 ** 21],
  ['smaller', 1000],
])('parts of an earlier export, %s, are named and nothing is lost', async (_, size) => {
  addLarge('team/large', 2_500_000);
  world.list('team/b:1', 'team/large:1');
  await world.exportTo(archive, '--max-archive-size', '1MiB');
  expect(parts()).toHaveLength(3);
  const others = [`${file}.004`, `${file}.005`];
  for (const other of others) writeFileSync(other, Buffer.alloc(size, 'old'));
  const message = `the archive ends with ${file}.003, and ${others.join(', ')} are of another one, such as an earlier export: remove them\n`;
  expect((await world.importFrom(archive)).output).toContain(message);
  expect((await world.exportTo(archive)).output).toContain(message);
  expect(world.mirror.requests).toEqual([]);
  for (const other of others) rmSync(other);
  expect(await world.importFrom(archive)).toMatchObject({ code: 0 });
  await world.expectCopied('team/b', 'team/large');
});

test('--since writes the difference, which is imported after what came before', async () => {
  addImage(world.origin.store, 'team/d', { tag: '1', layers: ['shared', 'd'] });
  world.list('team/b:1');
  await world.exportTo(archive);
  world.list('team/b:1', 'team/c:1', 'team/d:1');
  const more = world.layout('oci-archive', 'more.tar');
  const exported = await world.exportTo(more, '--since', archive);
  expect(exported.output).toMatch(/2 copied .*, 1 present/);
  const names = await tar('tf', join(world.folder, 'more.tar'));
  const { layers } = firstManifest('team/c');
  expect(names).not.toContain(`blobs/${layers[0]?.digest.replace(':', '/')}`);
  expect(names).toContain(`blobs/${layers[1]?.digest.replace(':', '/')}`);

  const early = await world.importFrom(more);
  expect(early.code).toBe(1);
  expect(early.output).toMatch(
    /failed .*team\/c:1.* leaves out sha256:.*, which carried\.tar has \(in ORIGIN\/team\/b:1\), and the mirror lacks it: import carried\.tar first/,
  );
  expect(world.mirror.store.repositories.size).toBe(0);

  expect((await world.importFrom(archive)).code).toBe(0);
  expect((await world.importFrom(more)).code).toBe(0);
  await world.expectCopied('team/b', 'team/c', 'team/d');
  // A second export of the difference changes nothing.
  const before = snapshot(join(world.folder, 'more.tar'));
  expect((await world.exportTo(more, '--since', archive)).code).toBe(0);
  expect(snapshot(join(world.folder, 'more.tar'))).toEqual(before);
});

test('a difference is imported into a mirror that mounts nothing', async () => {
  world.list('team/b:1');
  await world.exportTo(archive);
  world.list('team/c:1');
  const more = world.layout('oci', 'more');
  await world.exportTo(more, '--since', archive);
  await world.importFrom(archive);
  Object.assign(world.mirror.quirks, { noMounts: true });
  expect((await world.importFrom(more)).code).toBe(0);
  await world.expectCopied('team/b', 'team/c');
});

test.each([
  [['--since', 'oci-archive:x.tar'], 'add --to'],
  [['--to', 'oci:a', '--since', 'oci:a'], 'is what is written'],
  [['--to', 'oci:a', '--max-archive-size', '4GiB'], 'add --to oci-archive:FILE.tar'],
  [['--to', 'oci-archive:a.tar', '--max-archive-size', '4GB'], 'such as 4GiB, not "4GB"'],
  [['--to', 'oci-archive:a.tar', '--since', 'oci-archive:none.tar'], '--since: none.tar does not'],
])('%j is wrong usage', async (args, message) => {
  const { code, output } = await world.run('--list', join(world.folder, 'images.txt'), ...args);
  expect(output).toContain(message);
  expect(code).toBe(2);
  expect(existsSync('a.tar')).toBe(false);
});

function firstManifest(repository: string): { readonly layers: readonly { digest: string }[] } {
  const { manifests, tags } = world.origin.store.repository(repository);
  return JSON.parse(String(manifests.get(tags.get('1') ?? '')?.bytes)) as ReturnType<
    typeof firstManifest
  >;
}

test('containerd imports an archive with its names', async () => {
  await world.exportTo(archive);
  const containerd = await Containerd.start(world.folder);
  const ctr = async (...args: readonly string[]) =>
    (await promisify(execFile)('ctr', ['--address', containerd.address, 'images', ...args])).stdout;
  await ctr('import', '--no-unpack', '--all-platforms', file);
  const listed = await ctr('list');
  for (const name of ['team/app', 'team/b', 'team/c']) {
    const digest = world.origin.store.repository(name).tags.get('1');
    expect(listed).toMatch(new RegExp(`^${world.origin.host}/${name}:1 .* ${digest} `, 'm'));
  }
  await containerd.stop();
});

test('what an archive of somebody else claims is limited, and leads nowhere else', async () => {
  const layout = world.layout('oci', 'hostile');
  world.list('team/b:1');
  await world.exportTo(layout);
  const index = join(world.folder, 'hostile', 'index.json');
  const written = JSON.parse(readFileSync(index, 'utf8')) as { manifests: object[] };
  const image = written.manifests.find((one) => JSON.stringify(one).includes('team/b:1"'));
  const change = (change: object) =>
    writeFileSync(index, JSON.stringify({ ...written, manifests: [{ ...image, ...change }] }));
  change({ digest: 'sha256:../../../../etc/passwd' });
  expect((await world.importFrom(layout)).output).toContain('index.json lists something without');
  change({ size: 2 ** 40 });
  expect((await world.importFrom(layout)).output).toMatch(/failed .*is too large for a manifest/);
  change({ digest: `sha256:${'0'.repeat(64)}` });
  expect((await world.importFrom(layout)).output).toMatch(
    /failed .*blobs\/sha256\/0{64} is missing/,
  );
  truncateSync(index, 2 ** 29);
  expect((await world.importFrom(layout)).output).toContain('has more than 67108864 bytes');
  expect(world.mirror.store.repositories.size).toBe(0);
});
