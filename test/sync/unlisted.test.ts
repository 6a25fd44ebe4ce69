import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../rig/process.ts';
import { requestsTo } from '../rig/registry/faults.ts';
import { addImage } from '../rig/registry/images.ts';
import { startSync } from './rig/detour-sync.ts';
import { addTags } from './rig/many-tags.ts';
import { type Mirroring, startMirroring } from './rig/mirroring.ts';

/*
 * What the mirror holds that no list names.
 */

let world: Mirroring;

beforeEach(async () => {
  world = await startMirroring({ pageSize: 3 });
});
afterEach(() => world.close());

function recordsIn(text: string): Record<string, unknown>[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Counts the requests for the catalog and for lists of tags. */
function listsAsked(): { catalog: number; tags: number } {
  const count = (path: RegExp) =>
    world.mirror.requests.filter((request) => path.test(request.path)).length;
  return { catalog: count(/^\/v2\/_catalog$/), tags: count(/\/tags\/list$/) };
}

describe('tags that no list names', () => {
  test('are found in every repository below a destination, by the pages of its catalog', async () => {
    const { mirror, origin } = world;
    addImage(origin.store, 'app', { tag: '1' });
    addTags(mirror.store, 'copies/app', ['0.1', '0.2', '0.3', '0.4', '0.5', '0.6', '0.7']);
    for (const name of ['a', 'b', 'c']) addTags(mirror.store, `copies/old/${name}`, ['7']);
    for (const name of ['copied', 'other/app', 'z']) addTags(mirror.store, name, ['1']);
    const { code, stdout } = await world.sync(['--list', '-', '--unlisted'], 'ORIGIN/app:1');
    expect(code).toBe(0);
    expect(stdout.match(/^(unlisted|unseen|no list) .*/gm)).toEqual([
      'unlisted  MIRROR/copies/app: 7 tags that no list names: 0.1, 0.2, 0.3, 0.4, 0.5 and 2 more',
      'unlisted  MIRROR/copies/old/a: 1 tag that no list names: 7',
      'unlisted  MIRROR/copies/old/b: 1 tag that no list names: 7',
      'unlisted  MIRROR/copies/old/c: 1 tag that no list names: 7',
      'no list names 10 tags in 4 of 4 repositories of the mirror; nothing is deleted',
    ]);
    // Seven repositories, and the tags of one repository before and after the copy, in pages of three;
    // a page for each of three others.
    expect(listsAsked()).toEqual({ catalog: 3, tags: 3 + 3 + 3 });
    expect(mirror.requests.some(({ method }) => method === 'DELETE')).toBe(false);
  });

  test('are left alone if they belong to an image that is listed', async () => {
    const { mirror, origin } = world;
    const { digest } = addImage(origin.store, 'app', { tag: '1' });
    const name = digest.replace(':', '-');
    const stranger = `sha256-${'0'.repeat(64)}`;
    addTags(mirror.store, 'copies/app', [name, `${name}.sig`, `detour-${name.slice(7)}`]);
    addTags(mirror.store, 'copies/app', [`${stranger}.sig`, 'old']);
    const args = ['--list', '-', '--unlisted', '--json'];
    const { stdout } = await world.sync(args, 'ORIGIN/app:1');
    expect(recordsIn(stdout).filter(({ event }) => event === 'unlisted')).toEqual([
      { event: 'unlisted', repository: 'MIRROR/copies/app', tags: ['old'] },
    ]);
    const text = (await world.sync(['--list', '-', '--unlisted'], 'ORIGIN/app:1')).stdout;
    expect(text).toContain('; not counted: 1 tag of signatures and other referrers; nothing');
  });

  test('are in the output of --plan and --check, and do not change the exit code', async () => {
    const { mirror, origin } = world;
    addImage(origin.store, 'app', { tag: '1' });
    await world.sync(['--list', '-'], 'ORIGIN/app:1');
    addTags(mirror.store, 'copies/app', ['old']);
    for (const only of ['--plan', '--check']) {
      const args = ['--list', '-', only, '--unlisted'];
      const { code, stdout } = await world.sync(args, 'ORIGIN/app:1');
      expect(code).toBe(0);
      expect(stdout).toContain('unlisted  MIRROR/copies/app: 1 tag that no list names: old\n');
      const json = await world.sync([...args, '--json'], 'ORIGIN/app:1');
      expect(recordsIn(json.stdout)).toContainEqual({
        repository: 'MIRROR/copies/app',
        unlisted: ['old'],
      });
    }
    // Nobody asks for them otherwise.
    const before = listsAsked();
    const { stdout } = await world.sync(['--list', '-', '--check'], 'ORIGIN/app:1');
    expect(stdout).not.toContain('list names');
    expect(listsAsked().catalog).toBe(before.catalog);
  });

  test('are in the reports', async () => {
    const { mirror, origin, folder } = world;
    addImage(origin.store, 'app', { tag: '1' });
    addTags(mirror.store, 'copies/old', ['</script>', '6.0']);
    const [json, page] = [join(folder, 'r.json'), join(folder, 'r.html')];
    const reports = ['--report', json, '--report', page];
    await world.sync(['--list', '-', '--unlisted', ...reports], 'ORIGIN/app:1');
    const unlisted = [{ repository: `${mirror.host}/copies/old`, tags: ['6.0'] }];
    expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ unlisted, unseen: [] });
    const [, data = ''] = /id="data">(.*?)<\/script>/s.exec(readFileSync(page, 'utf8')) ?? [];
    expect(JSON.parse(data)).toMatchObject({ unlisted: { repositories: unlisted, seen: 2 } });
    await world.sync(['--list', '-', ...reports], 'ORIGIN/app:1');
    expect(JSON.parse(readFileSync(json, 'utf8'))).not.toHaveProperty('unlisted');
  });
});

describe('what cannot be looked at is reported', () => {
  test.each([401, 403, 404, 405])('a catalog that is refused with %d', async (status) => {
    const { mirror, origin } = world;
    mirror.quirks.noCatalog = status;
    addImage(origin.store, 'app', { tag: '1' });
    addTags(mirror.store, 'copies/app', ['old']);
    addTags(mirror.store, 'copies/other', ['old']);
    const { code, stdout } = await world.sync(['--list', '-', '--unlisted'], 'ORIGIN/app:1');
    expect(code).toBe(0);
    expect(stdout).toContain('unlisted  MIRROR/copies/app: 1 tag that no list names: old\n');
    expect(stdout).toMatch(
      new RegExp(
        `unseen {4}MIRROR: only the repositories that the lists name were looked at: .*${status}`,
      ),
    );
    expect(stdout).not.toContain('copies/other');
  });

  test('names of a catalog that are not repositories are not asked for', async () => {
    const { mirror, origin } = world;
    addImage(origin.store, 'app', { tag: '1' });
    const repositories = ['copies/../../admin', 'copies/x?y', '', 7, null, 'copies/app'];
    mirror.faults.add({
      on: requestsTo('GET', '/v2/_catalog'),
      effect: { kind: 'answer', status: 200, body: JSON.stringify({ repositories }) },
    });
    const { stdout } = await world.sync(['--list', '-', '--unlisted'], 'ORIGIN/app:1');
    expect(stdout).toContain('no list names 0 tags in 0 of 1 repositories');
    expect(mirror.requests.every(({ url }) => !/admin|x\?y/.test(url))).toBe(true);
  });

  test('a repository whose tags the origin does not list', async () => {
    const { mirror, origin } = world;
    addImage(origin.store, 'app', { tag: '1' });
    addTags(mirror.store, 'copies/all', ['1', '2']);
    origin.faults.add({
      on: requestsTo('GET', '/all/tags/list'),
      effect: { kind: 'answer', status: 403 },
    });
    const list = 'ORIGIN/app:1\nORIGIN/all:*\n';
    const { stdout } = await world.sync(['--list', '-', '--unlisted'], list);
    expect(stdout).toContain(
      'unseen    MIRROR/copies/all: not looked at, because the tags of its origin are not known',
    );
    expect(stdout).not.toContain('unlisted  ');
  });

  test('a repository whose list is hidden, and not missing', async () => {
    const { mirror, origin } = world;
    addImage(origin.store, 'app', { tag: '1' });
    addTags(mirror.store, 'copies/a', ['1']);
    mirror.faults.add({
      on: requestsTo('GET', '/copies/a/tags/list'),
      effect: { kind: 'answer', status: 404, body: '404 page not found\n' },
    });
    const { stdout } = await world.sync(['--list', '-', '--unlisted'], 'ORIGIN/app:1');
    expect(stdout).toContain('unseen    MIRROR: 1 repository could not be listed: ');
    // What was not copied yet is not there, which is no failure.
    const check = await world.sync(['--list', '-', '--check', '--unlisted'], 'ORIGIN/new:1');
    expect(check.stdout.match(/^unseen/gm)).toHaveLength(1);
  });

  test('the lists of the rules file, if --list is used instead', async () => {
    const { mirror, origin } = world;
    addImage(origin.store, 'app', { tag: '1' });
    addTags(mirror.store, 'copies/app', ['2']);
    const sync = 'sync: {images: ["ORIGIN/app:2"]}';
    world.rules('- {from: ORIGIN, to: MIRROR/copies}', sync);
    const { stdout } = await world.sync(['--list', '-', '--unlisted'], 'ORIGIN/app:1');
    expect(stdout).toContain('unlisted  MIRROR/copies/app: 1 tag that no list names: 2\n');
    expect(stdout).toContain('unseen    sync.images: not read, because --list is used instead');
    expect((await world.sync(['--check', '--unlisted'])).stdout).not.toContain('unseen');
  });

  test('repositories that fail, in one line', async () => {
    const { mirror, origin } = world;
    addImage(origin.store, 'app', { tag: '1' });
    for (const name of ['a', 'b', 'c']) addTags(mirror.store, `copies/${name}`, ['1']);
    mirror.faults.add({
      on: ({ path }) => /copies\/[abc]\/tags/.test(path),
      effect: { kind: 'answer', status: 403 },
    });
    const { code, stdout } = await world.sync(['--list', '-', '--unlisted'], 'ORIGIN/app:1');
    expect(code).toBe(0);
    expect(stdout.match(/^unseen .*/gm)).toEqual([
      expect.stringContaining('MIRROR: 3 repositories could not be listed: '),
    ]);
  });
});

test.each([
  ['a run, which says so in its summary', [], 0],
  ['a plan', ['--plan'], 1],
])('Ctrl-C ends the search of %s', async (_, args, exitCode) => {
  const { mirror, origin, folder } = world;
  addImage(origin.store, 'app', { tag: '1' });
  mirror.faults.add({
    on: requestsTo('GET', '/v2/_catalog'),
    effect: { kind: 'delay', milliseconds: 30_000 },
  });
  const plainHttp = { plainHttp: true };
  const run = startSync(folder, {
    rules: {
      registries: { [origin.host]: plainHttp, [mirror.host]: plainHttp },
      rules: [{ from: origin.host, to: `${mirror.host}/copies` }],
    },
    list: [`${origin.host}/app:1`],
    args: ['--unlisted', ...args],
  });
  await until('the catalog is asked for', () => listsAsked().catalog > 0);
  const started = performance.now();
  run.process.signal('SIGINT');
  expect(await run.ended).toBe(exitCode);
  expect(performance.now() - started).toBeLessThan(5_000);
  if (exitCode === 0)
    expect(run.output()).toMatch(
      /unseen {4}the run was stopped before it had looked at the whole mirror\n(.*\n)?1 image in .*: 1 copied/,
    );
});
