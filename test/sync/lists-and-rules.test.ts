import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requestsTo } from '../rig/registry/faults.ts';
import { addImage, addMultiArch } from '../rig/registry/images.ts';
import { runDetour } from '../support/run-detour.ts';
import { type Mirroring, startMirroring } from './rig/mirroring.ts';

let world: Mirroring;

beforeEach(async () => {
  world = await startMirroring();
});
afterEach(() => world.close());

function namesAtMirror(): string[] {
  return [...world.mirror.store.repositories]
    .flatMap(([name, { tags }]) => [...tags.keys()].map((tag) => `${name}:${tag}`))
    .toSorted();
}

describe('what is listed', () => {
  test('in the rules file: images, all tags of a repository, and lists next to it', async () => {
    const { origin, folder } = world;
    for (const tag of ['1', '2', 'latest']) addImage(origin.store, 'all', { tag });
    for (const name of ['one', 'two', 'three']) addImage(origin.store, name, { tag: '1' });
    writeFileSync(join(folder, 'images.txt'), `# a list\n${origin.host}/two:1\n`);
    world.rules(
      '- {from: ORIGIN, to: MIRROR/m}',
      `sync:
  images: ["ORIGIN/one:1", {from: ORIGIN/all, tags: {}}, {from: "ORIGIN/three:1"}]
  lists: [images.txt]`,
    );
    expect((await world.sync([])).code).toBe(0);
    expect(namesAtMirror()).toEqual([
      'm/all:1',
      'm/all:2',
      'm/all:latest',
      'm/one:1',
      'm/three:1',
      'm/two:1',
    ]);
  });

  test('by --list is all that is copied', async () => {
    addImage(world.origin.store, 'one', { tag: '1' });
    addImage(world.origin.store, 'all', { tag: '1' });
    addImage(world.origin.store, 'all', { tag: '2' });
    world.rules('- {from: ORIGIN, to: MIRROR/m}', 'sync: {images: ["ORIGIN/one:1"]}');
    expect((await world.sync(['--list', '-'], 'ORIGIN/all:*')).code).toBe(0);
    expect(namesAtMirror()).toEqual(['m/all:1', 'm/all:2']);
  });

  test('with a pattern that is not one of RE2 is an invalid file', async () => {
    world.rules(
      '- {from: ORIGIN, to: MIRROR/m}',
      'sync:\n  images: [{from: ORIGIN/all, tags: {pattern: "7("}}]',
    );
    const { code, stderr } = await world.sync([]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/the rules file is broken:\n.*:\d+:\d+: error wrong-value/);
    expect(stderr).toContain('sync.images[0].tags.pattern is not a pattern: missing closing )');
  });

  test.each([
    ['nothing is listed: name a list of images with --list FILE', [], ''],
    ['nothing is listed: - has no images', ['--list', '-'], '# none\n'],
    ['these lines are not images: standard input:2', ['--list', '-'], 'nginx:1\nkind: Pod\n'],
    ['the list none.txt cannot be read', ['--list', 'none.txt'], ''],
    ['--max-rate takes bytes per second', ['--max-rate', 'fast', '--list', '-'], 'nginx'],
    [
      '--check copies nothing: leave out --failed',
      ['--check', '--failed', 'f', '--list', '-'],
      'a',
    ],
    ['--report: /none/there cannot be written', ['--report', '/none/there', '--list', '-'], 'a'],
  ])('%s', async (message, args, stdin) => {
    const { code, stderr } = await world.sync(args, stdin);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('a file that is read is not written over', () => {
  const kept = ['detour.yaml', 'images.txt', 'never.txt', 'link'];
  const cases = [
    ...['--failed', '--report', '--metrics'].flatMap((option) =>
      kept.map((name) => [option, name, []] as const),
    ),
    ['--report', 'given.txt', ['--list', 'given.txt']] as const,
  ];

  test.each(cases)('%s %s', async (option, name, more) => {
    const { folder, origin, mirror } = world;
    addImage(origin.store, 'a', { tag: '1' });
    for (const list of ['images.txt', 'given.txt'])
      writeFileSync(join(folder, list), `${origin.host}/a:1\n`);
    writeFileSync(join(folder, 'never.txt'), '# none\n');
    world.rules(
      '- {from: ORIGIN, to: MIRROR/m}',
      'sync: {lists: [images.txt], neverLists: [never.txt]}',
    );
    symlinkSync('detour.yaml', join(folder, 'link'));
    const file = join(folder, name);
    const before = readFileSync(file, 'utf8');
    const given = more.map((one) => (one.endsWith('.txt') ? join(folder, one) : one));
    const { code, stderr } = await world.sync([option, file, ...given]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${option}: ${file} `);
    expect(stderr).toContain('name another file');
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(mirror.requests).toEqual([]);
  });

  test('by the metrics of a run with a broken rules file', async () => {
    const list = join(world.folder, 'images.txt');
    writeFileSync(list, 'nginx:1\n');
    writeFileSync(join(world.folder, 'detour.yaml'), 'sync: {lists: [images.txt]}\nrules: [');
    expect((await world.sync(['--metrics', list])).code).toBe(2);
    expect(readFileSync(list, 'utf8')).toBe('nginx:1\n');
  });
});

describe("the design's example", () => {
  const rules = `- {from: ORIGIN, to: MIRROR/hub, library: always}
- {from: ORIGIN/lib/nginx:1.25, to: "MIRROR/patched/nginx:1.25-p3"}`;

  test('the image that somebody patched is not overwritten', async () => {
    const { origin, mirror } = world;
    world.rules(rules);
    addImage(origin.store, 'lib/nginx', { tag: '1.25' });
    addImage(origin.store, 'lib/nginx', { tag: '1.26' });
    const list = 'ORIGIN/lib/nginx:1.25\nORIGIN/lib/nginx:1.26\n';
    const before = await world.sync(['--list', '-'], list);
    expect(before.code).toBe(3);
    expect(before.stdout).toContain(
      'names MIRROR/patched/nginx:1.25-p3, an image of your own, which the mirror lacks: push it',
    );
    const { digest } = addImage(mirror.store, 'patched/nginx', { tag: '1.25-p3' });
    expect((await world.sync(['--list', '-'], list)).code).toBe(0);
    expect(mirror.store.repository('patched/nginx').tags.get('1.25-p3')).toBe(digest);
    expect(namesAtMirror()).toEqual(['hub/lib/nginx:1.26', 'patched/nginx:1.25-p3']);
  });

  test('two images with one name are both reported, and neither is copied', async () => {
    const { origin } = world;
    world.rules('- {from: ORIGIN/a, to: MIRROR/m}\n- {from: ORIGIN/b, to: MIRROR/m}');
    const one = addImage(origin.store, 'a/x', { tag: '1' });
    const two = addImage(origin.store, 'b/x', { tag: '1' });
    const list = 'ORIGIN/a/x:1\nORIGIN/b/x:1\n';
    const { code, stdout } = await world.sync(['--list', '-'], list);
    expect(code).toBe(1);
    expect(stdout).toContain('different images would have this name');
    expect(stdout).toContain(`ORIGIN/a/x:1 (standard input:1, ${one.digest})`);
    expect(stdout).toContain(`ORIGIN/b/x:1 (standard input:2, ${two.digest})`);
    expect(namesAtMirror()).toEqual([]);
    addImage(origin.store, 'a/y', { tag: '1', layers: ['same'] });
    addImage(origin.store, 'b/y', { tag: '1', layers: ['same'] });
    expect((await world.sync(['--list', '-'], 'ORIGIN/a/y:1\nORIGIN/b/y:1')).code).toBe(0);
    expect(namesAtMirror()).toEqual(['m/y:1']);
  });
});

test('if one name of a list fails, the next one is asked', async () => {
  const { origin } = world;
  world.rules('- {from: [ORIGIN/old, ORIGIN/new], to: MIRROR/k8s}');
  const { digest } = addMultiArch(origin.store, 'new/pause', '3');
  expect((await world.sync(['--list', '-'], 'ORIGIN/old/pause:3')).code).toBe(0);
  expect(world.mirror.store.repository('k8s/pause').tags.get('3')).toBe(digest);
  // An origin that has the manifest and loses a blob.
  addMultiArch(origin.store, 'old/app', '1');
  addMultiArch(origin.store, 'new/app', '1');
  origin.store.repository('old/app').blobs.clear();
  expect((await world.sync(['--list', '-'], 'ORIGIN/old/app:1')).code).toBe(0);
  expect((await world.sync(['--list', '-'], 'ORIGIN/old/none:1')).stdout).toContain(
    'there is no ORIGIN/old/none:1',
  );
  // A whole repository.
  expect((await world.sync(['--list', '-', '--plan'], 'ORIGIN/old/pause:*')).stdout).toContain(
    '1 present',
  );
});

describe('errors', () => {
  test('do not stop the others, and --failed writes a list of them', async () => {
    const { origin, mirror, folder } = world;
    for (const name of ['a', 'b', 'c']) addImage(origin.store, name, { tag: '1' });
    const refuse = mirror.faults.add({
      on: requestsTo('PUT', '/copies/b/manifests/1'),
      effect: { kind: 'answer', status: 403, body: '{"errors":[{"code":"DENIED"}]}' },
    });
    const failed = join(folder, 'failed.txt');
    const report = join(folder, 'report.json');
    const page = join(folder, 'report.html');
    const args = ['--list', '-', '--failed', failed, '--report', report, '--report', page];
    const list = 'ORIGIN/a:1\nORIGIN/b:1\nORIGIN/c:1\nORIGIN/none:1\n';
    const { code, stdout } = await world.sync(args, list);
    expect(code).toBe(3);
    expect(stdout).toMatch(/failed {4}ORIGIN\/b:1 -> MIRROR\/copies\/b:1 {2}\(.*DENIED/);
    expect(world.named(readFileSync(failed, 'utf8'))).toMatch(
      /^# Images that detour sync did not copy: 2\n# .*DENIED.*\nORIGIN\/b:1\n# .*there is no ORIGIN\/none:1.*\nORIGIN\/none:1\n$/,
    );
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
      exitCode: 3,
      summary: { images: 4, copied: 2, failed: 2 },
      images: expect.arrayContaining([
        expect.objectContaining({ status: 'failed', destination: `${mirror.host}/copies/b:1` }),
      ]),
    });
    const [, data = ''] = /id="data">(.*?)<\/script>/s.exec(readFileSync(page, 'utf8')) ?? [];
    expect(JSON.parse(data)).toMatchObject({
      exitCode: 3,
      pairs: expect.arrayContaining([[`${origin.host}/b`, `${mirror.host}/copies/b`]]),
      rows: expect.arrayContaining([
        expect.arrayContaining(['failed', expect.stringContaining('DENIED')]),
      ]),
    });
    refuse();
    addImage(origin.store, 'none', { tag: '1' });
    expect((await world.sync(['--list', failed, '--failed', failed])).code).toBe(0);
    expect(namesAtMirror()).toEqual(['copies/a:1', 'copies/b:1', 'copies/c:1', 'copies/none:1']);
    expect(readFileSync(failed, 'utf8')).toBe('# Images that detour sync did not copy: 0\n');
  });

  test('a list of failures overwrites nothing that must not be overwritten', async () => {
    const { origin, mirror, folder } = world;
    for (const tag of ['1.0', '2.0']) addImage(origin.store, 'app', { tag });
    const { digest } = addImage(mirror.store, 'copies/app', { tag: '2.0' });
    world.rules(
      '- {from: ORIGIN, to: MIRROR/copies}',
      'sync: {images: [{from: ORIGIN/app, tags: {latest: 1}, overwrite: never}]}',
    );
    const failed = join(folder, 'failed.txt');
    const refuse = mirror.faults.add({ effect: { kind: 'answer', status: 403 } });
    expect((await world.sync(['--failed', failed])).code).toBe(1);
    expect(readFileSync(failed, 'utf8')).toContain(`\n${origin.host}/app:2.0\n`);
    refuse();
    const again = await world.sync(['--list', failed]);
    expect(again.stdout).toMatch(/^1 image in .*: 0 copied, 1 present$/m);
    expect(mirror.store.repository('copies/app').tags.get('2.0')).toBe(digest);
  });

  test('a full disk is reported for the list of --failed, and undoes nothing', async () => {
    addImage(world.origin.store, 'a', { tag: '1' });
    const args = ['--list', '-', '--failed', '/dev/full'];
    const full = await world.sync(args, 'ORIGIN/a:1');
    expect(full.stderr).toContain('detour: /dev/full cannot be written: ENOSPC: no space left');
    expect(full.code).toBe(1);
    expect(namesAtMirror()).toEqual(['copies/a:1']);
    expect((await world.sync(args, 'ORIGIN/a:1\nORIGIN/none:1')).code).toBe(3);
  });

  test('exit codes are 0 for all, 3 for some, 1 for none', async () => {
    addImage(world.origin.store, 'a', { tag: '1' });
    expect((await world.sync(['--list', '-'], 'ORIGIN/a:1')).code).toBe(0);
    expect((await world.sync(['--list', '-'], 'ORIGIN/a:1\nORIGIN/b:1')).code).toBe(3);
    expect((await world.sync(['--list', '-'], 'ORIGIN/a:1\nnginx:1')).code).toBe(3);
    expect((await world.sync(['--list', '-'], 'ORIGIN/b:1')).code).toBe(1);
    expect((await world.sync(['--list', '-'], 'nginx:1')).code).toBe(1);
  });

  test('a registry without TLS is reported with what to write', async () => {
    const { folder, origin, mirror } = world;
    addImage(origin.store, 'a', { tag: '1' });
    writeFileSync(
      join(folder, 'detour.yaml'),
      `version: 1\nrules: [{from: ${origin.host}, to: ${mirror.host}/x}]\n`,
    );
    const { code, stdout } = await world.sync(['--list', '-', '--plan'], 'ORIGIN/a:1');
    expect(code).toBe(1);
    expect(stdout).toContain('plainHttp: true');
  });
});

test('--plan prints what would be copied where and why, and --json prints the same for programs', async () => {
  const { origin, mirror } = world;
  addImage(origin.store, 'a', { tag: '1' });
  const list = 'ORIGIN/a:1\nORIGIN/b:1\nnginx:1.27\n';
  const { code, stdout } = await world.sync(['--list', '-', '--plan'], list);
  expect(code).toBe(1);
  expect(stdout).toBe(
    `copy        ORIGIN/a:1 -> MIRROR/copies/a:1  (the mirror does not have it)
impossible  ORIGIN/b:1 -> MIRROR/copies/b:1  (there is no ORIGIN/b:1: check the name and the tag)
finding   nginx:1.27 (standard input:3): unmatched: no rule matches it, so it has no place in the mirror: add a rule, or take it off the list
2 images: 1 to copy, 0 present, 1 impossible, 1 listed without a place in the mirror
6 requests so far
`,
  );
  const lines = (await world.sync(['--list', '-', '--plan', '--json'], list)).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toMatchObject([
    { action: 'copy', why: 'missing', destination: 'MIRROR/copies/a:1' },
    { action: 'impossible', why: 'no-origin' },
    { code: 'unmatched', image: 'nginx:1.27' },
    { requests: 6 },
  ]);
  expect(mirror.requests.every(({ method }) => method === 'GET' || method === 'HEAD')).toBe(true);
});

test('--json prints one event per line, and a summary', async () => {
  addMultiArch(world.origin.store, 'a', '1');
  const { stdout } = await world.sync(['--list', '-', '--json'], 'ORIGIN/a:1');
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(events.map(({ event }) => event)).toEqual([
    'plan',
    'started',
    ...Array<string>(10).fill('blob'),
    'finished',
    'summary',
  ]);
  expect(events.at(-2)).toMatchObject({ status: 'copied', destination: 'MIRROR/copies/a:1' });
  expect(events.at(-1)).toMatchObject({ images: 1, copied: 1, failed: 0 });
});

test('the embedded rules are not used unless they are named', async () => {
  const { code, stderr } = await runDetour(['sync', '--list', '-'], { stdin: 'nginx' });
  expect(code).toBe(2);
  expect(stderr).toContain('name your rules file with --rules FILE, write one with detour init');
});

test('a mirror that is down fails 500 images together, not one after the other', async () => {
  const { origin, mirror } = world;
  const images = Array.from({ length: 500 }, (_, at) => `ORIGIN/r${at}:1`);
  await mirror.close();
  const started = performance.now();
  const { code, stdout } = await world.sync(['--list', '-'], images.join('\n'));
  expect(code).toBe(1);
  expect(stdout).toContain('500 failed');
  // One alone is tried for about ten seconds.
  expect(performance.now() - started).toBeLessThan(50_000);
  expect(origin.requests).toEqual([]);
});
