import { beforeEach, describe, expect, test } from 'vitest';
import type { FakeDockerHub } from '../rig/registry/docker-hub.ts';
import type { FakeEcr } from '../rig/registry/ecr/ecr.ts';
import { addImage, addMultiArch } from '../rig/registry/images.ts';
import { type HubAndEcr, startHubAndEcr } from './rig/hub-and-ecr.ts';
import { addTags, copyRepository, createRepository, tagNames } from './rig/many-tags.ts';
import { countByMethod } from './rig/mirroring.ts';

/*
 * What a run asks before it copies anything, from Docker Hub to Amazon ECR: both list digests.
 */

let world: HubAndEcr;
let hub: FakeDockerHub;
let ecr: FakeEcr;

beforeEach(async () => {
  world = await startHubAndEcr();
  ({ hub, ecr } = world);
  return world.close;
});

/** Runs `detour sync`; `images` are entries of `sync.images`. */
async function sync(images: string, args: readonly string[] = []) {
  world.rules(`version: 1
mirror: ${ecr.account.host}
registries: {"\${mirror}": {ecr: {create: true}}}
rules: [{from: docker.io, to: "\${mirror}/hub", library: always}]
sync:
  referrers: false
  images: [${images}]`);
  const run = await world.detour(['sync', ...args]);
  return { ...run, records: args.includes('--json') ? recordsIn(run.stdout) : [] };
}

function recordsIn(text: string): Record<string, unknown>[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Adds a repository that the mirror has, up to date. */
function addMirrored(name: string, tags: readonly string[]): void {
  addTags(hub.store, name, tags);
  copyRepository(hub.store.repository(name), createRepository(ecr.account, `hub/${name}`));
}

/** Counts the requests of each kind, and forgets them; those for tokens are left out. */
function takeCounts() {
  const calls = ecr.api.calls.filter(({ operation }) => operation === 'ListImages').length;
  const counts = {
    api: countByMethod(hub.api.requests),
    origin: countByMethod(hub.registry.requests.filter(({ status }) => status !== 401)),
    listImages: calls,
    mirror: countByMethod(ecr.registry.requests.filter(({ status }) => status !== 401)),
  };
  for (const { requests } of [hub.api, hub.registry, ecr.registry]) requests.length = 0;
  ecr.api.calls.length = 0;
  return counts;
}

const listed = (name: string, tags: readonly string[]) =>
  tags.map((tag) => `"${name}:${tag}"`).join(', ');

describe('a run that finds nothing to do', () => {
  test('takes a request for a page of tags, on both sides', async () => {
    addMirrored('team/large', tagNames(1_250));
    addMirrored('team/small', tagNames(3));
    addMirrored('team/one', ['1']);
    const images = [
      listed('team/large', tagNames(1_250)),
      listed('team/small', tagNames(3)),
      'team/one:1',
    ];
    const { code, stdout } = await sync(images.join(', '));
    expect(stdout).toContain('0 copied, 1254 present');
    expect(code).toBe(0);
    expect(takeCounts()).toEqual({
      api: { GET: 13 + 1 },
      origin: { HEAD: 1 },
      listImages: 2 + 1,
      mirror: { HEAD: 1 },
    });
  });

  test('does not read a long list for a few tags', async () => {
    addMirrored('team/large', tagNames(2_000));
    const { stdout } = await sync(listed('team/large', ['1.1998', '1.1999']), ['--plan']);
    expect(stdout).toContain('2 images: 0 to copy, 2 present');
    const { api, origin, listImages, mirror } = takeCounts();
    // Three pages, and then there are fewer tags left than pages read.
    expect({ api, origin }).toEqual({ api: { GET: 3 }, origin: { HEAD: 2 } });
    expect({ listImages, mirror }).toEqual({ listImages: 2, mirror: {} });
  });

  test('lists a repository once if all of it is wanted', async () => {
    addMirrored('team/large', tagNames(250));
    const { stdout } = await sync('{from: team/large, tags: {}}', ['--plan']);
    expect(stdout).toContain('tags        team/large (sync.images[0]): 250 of 250\n');
    expect(stdout).toContain('250 images: 0 to copy, 250 present\n');
    expect(takeCounts()).toEqual({
      api: { GET: 3 },
      origin: {},
      listImages: 1,
      mirror: {},
    });
  });

  test('asks for each tag if the lists cannot be read', async () => {
    addMirrored('team/app', tagNames(5));
    hub.api.faults.add({ effect: { kind: 'answer', status: 403 } });
    ecr.account.denied.add('ListImages');
    const { code, stdout } = await sync(listed('team/app', tagNames(5)));
    expect(stdout).toContain('0 copied, 5 present');
    expect(code).toBe(0);
    expect(takeCounts()).toMatchObject({ origin: { HEAD: 5 }, mirror: { HEAD: 5 } });
  });
});

test('what is new or has changed is found in the lists', async () => {
  addMirrored('team/app', ['1', '2', '3']);
  addImage(hub.store, 'team/app', { tag: '2' });
  addImage(hub.store, 'team/app', { tag: '4' });
  const images = listed('team/app', ['1', '2', '3', '4', '5']);
  const { code, stdout } = await sync(images, ['--plan']);
  expect(code).toBe(1);
  expect(stdout).toContain('hub/team/app:2  (the mirror has another version)');
  expect(stdout).toContain('hub/team/app:4  (the mirror does not have it)');
  expect(stdout).toContain('there is no docker.io/team/app:5');
  expect(stdout).toContain('5 images: 2 to copy, 2 present, 1 impossible');
  // Tag 5 is in no list of Docker Hub, which leaves some images out.
  expect(takeCounts()).toMatchObject({ api: { GET: 1 }, listImages: 1, mirror: {} });
});

describe('tags that do not follow their source', () => {
  test.each(['immutable: ["1.*"]', 'overwrite: never'])(
    'take no request to the source once they are there: %s',
    async (choice) => {
      addMirrored('team/app', tagNames(120));
      const images = tagNames(120).map((tag) => `{from: "team/app:${tag}", ${choice}}`);
      const { code, stdout } = await sync(images.join(', '));
      expect(stdout).toContain('0 copied, 120 present');
      expect(code).toBe(0);
      expect(takeCounts()).toEqual({ api: {}, origin: {}, listImages: 1, mirror: {} });
    },
  );

  test('are copied if they are missing, and left alone if they differ', async () => {
    addMirrored('team/app', ['1.0', '1.1', 'latest']);
    for (const tag of ['1.1', '1.2', 'latest']) addImage(hub.store, 'team/app', { tag });
    const immutable = '{from: team/app, tags: {}, immutable: ["?.*"]}';
    const { records } = await sync(immutable, ['--plan', '--json']);
    const whys = Object.fromEntries(
      records.flatMap(({ destination, why }) =>
        destination === undefined ? [] : [[String(destination).split(':').at(-1), why]],
      ),
    );
    expect(whys).toEqual({
      '1.0': 'immutable',
      '1.1': 'immutable',
      '1.2': 'missing',
      latest: 'changed',
    });
  });

  test('follow a change that is recent, by the dates of the list', async () => {
    addMirrored('team/app', ['old', 'new', 'same']);
    const { tags, manifests } = hub.store.repository('team/app');
    for (const [tag, days] of [
      ['old', 20],
      ['new', 2],
    ] as const) {
      const { digest } = addImage(hub.store, 'team/app', { tag });
      const pushed = new Date(Date.now() - days * 86_400_000);
      manifests.set(digest, { ...manifests.get(digest), pushed } as never);
      tags.set(tag, digest);
    }
    const within = (tag: string) => `{from: "team/app:${tag}", overwrite: 10d}`;
    const { stdout } = await sync(['old', 'new', 'same'].map(within).join(', '), ['--plan']);
    expect(stdout).toMatch(/nothing .*app:old {2}\(it changed longer ago than overwrite says/);
    expect(stdout).toMatch(/copy .*app:new {2}\(the mirror has another version/);
    expect(stdout).toMatch(/nothing .*app:same {2}\(the mirror has it\)/);
    takeCounts();
    // One tag is asked for by a HEAD, which has no date, so the list is read for that. As the tag is
    // copied, another HEAD asks for the limit of pulls.
    expect((await sync(within('new'), ['--plan'])).stdout).toContain('1 to copy');
    expect(takeCounts()).toMatchObject({ api: { GET: 1 }, origin: { HEAD: 2 } });
    hub.api.faults.add({ effect: { kind: 'answer', status: 403 } });
    expect((await sync(within('new'), ['--plan'])).stdout).toContain(
      'it changed, its registry does not say when, and overwrite is for recent changes only',
    );
  });
});

describe('what a plan prints', () => {
  test('how many tags each filter took in and let out, and which', async () => {
    const tags = ['3', '3.1', '3.2', '4.0-rc1', '4.0', '4.1', 'latest', 'edge'];
    addTags(hub.store, 'team/app', tags);
    const entry = '{from: team/app, tags: {exclude: ["*-rc*"], semver: "4.x", latest: 1}}';
    const { stdout } = await sync(entry, ['--plan']);
    expect(stdout).toContain(`tags        team/app (sync.images[0]): 1 of 8
            exclude *-rc*: 7 of 8, without 4.0-rc1
            semver 4.x: 2 of 7, without 3, 3.1, 3.2, latest, edge
            latest 1: 1 of 2, without 4.0
copy        docker.io/team/app:4.1`);
    const { records } = await sync(entry, ['--plan', '--json']);
    expect(records[0]).toMatchObject({
      repository: 'team/app',
      place: 'sync.images[0]',
      tags: 8,
      chosen: 1,
      steps: [
        { filter: 'exclude', before: 8, letOut: ['4.0-rc1'] },
        { filter: 'semver', before: 7, letOut: ['3', '3.1', '3.2', 'latest', 'edge'] },
        { filter: 'latest', before: 2, letOut: ['4.0'] },
      ],
    });
  });

  test('a repository whose tags have no dates, if they are chosen by date', async () => {
    addTags(hub.store, 'team/app', ['1', '2']);
    hub.api.faults.add({ effect: { kind: 'answer', status: 403 } });
    const { code, stdout } = await sync('{from: team/app, tags: {newerThan: 10d}}', ['--plan']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/finding {3}team\/app:\* \(sync.images\[0\]\): no-dates: .*newerThan/);
  });

  test('why tags have no dates, if the list that has them fails', async () => {
    addTags(hub.store, 'team/app', tagNames(150));
    const entry = '{from: team/app, tags: {newerThan: 10d}}';
    const secondPage = hub.api.faults.add({
      on: ({ url }) => url.includes('page=2'),
      effect: { kind: 'answer', status: 404, body: '{"message":"page two is gone"}' },
    });
    const { stdout } = await sync(entry, ['--plan']);
    expect(stdout).toMatch(/finding {3}team\/app:\* .*: no-dates: .*page two is gone/);
    secondPage();
    hub.api.faults.add({ effect: { kind: 'answer', status: 403, body: '{"message":"not you"}' } });
    expect((await sync(entry, ['--plan'])).stdout).toMatch(/: no-dates: .*not you/);
    addMirrored('team/one', ['1']);
    addImage(hub.store, 'team/one', { tag: '1' });
    const within = await sync('{from: "team/one:1", overwrite: 10d}', ['--plan']);
    expect(within.stdout).toMatch(/nothing .*team\/one:1 .*it changed, .*not you/);
  });

  test('the requests that it took, and the pulls that copying takes of what is left', async () => {
    hub.registry.quirks.remainingPulls = 7;
    addMultiArch(hub.store, 'team/app', '1');
    addImage(hub.store, 'team/app', { tag: '2' });
    addImage(hub.store, 'team/one', { tag: '1' });
    const images = `${listed('team/app', ['1', '2'])}, "team/one:1"`;
    const { stdout } = await sync(images, ['--plan']);
    // An index of four manifests, and two images.
    expect(stdout).toMatch(
      /\n\d+ requests so far; copying takes 7 pulls from Docker Hub, and 7 of 100 in 6 hours are left, until \S+Z at the latest\n$/,
    );
    expect(hub.registry.quirks.remainingPulls).toBe(7);
    hub.registry.quirks.remainingPulls = 6;
    const { records } = await sync(images, ['--plan', '--json']);
    expect(records.at(-1)).toMatchObject({
      requests: expect.any(Number),
      pulls: { registry: 'docker.io', needed: 7, isEstimate: false, left: 6, limit: 100 },
    });
    takeCounts();
    // A run asks for nothing that it reads anyway, so it does not know how large an index is.
    const run = await sync(images, ['--json']);
    expect(run.records[0]).toMatchObject({
      event: 'plan',
      copy: 3,
      pulls: { needed: 15, isEstimate: true, left: 6 },
    });
  });

  test('counts every request, also those to the API of Amazon ECR', async () => {
    addMirrored('team/app', tagNames(150));
    const { records } = await sync(listed('team/app', tagNames(150)), ['--plan', '--json']);
    takeCounts();
    expect(records.at(-1)).toEqual({ requests: 3 });
  });
});

test('a mirror that is asked by its list of tags only is not asked for each', async () => {
  addMirrored('team/app', tagNames(40));
  ecr.account.denied.add('ListImages');
  const images = tagNames(40).map((tag) => `{from: "team/app:${tag}", overwrite: never}`);
  expect((await sync(images.join(', '))).stdout).toContain('0 copied, 40 present');
  expect(takeCounts()).toMatchObject({ api: {}, origin: {}, mirror: { GET: 1 } });
});
