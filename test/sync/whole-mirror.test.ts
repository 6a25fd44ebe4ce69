import { readFileSync } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import { peakMemory } from '../rig/program.ts';
import type { FakeDockerHub } from '../rig/registry/docker-hub.ts';
import type { FakeEcr } from '../rig/registry/ecr/ecr.ts';
import type { RecordedRequest } from '../rig/registry/exchange.ts';
import type { Quirks } from '../rig/registry/quirks.ts';
import { type FakeRegistry, startRegistry } from '../rig/registry/registry.ts';
import { startSync } from './rig/detour-sync.ts';
import { type HubAndEcr, startHubAndEcr } from './rig/hub-and-ecr.ts';
import { addTags, copyRepository, createRepository, tagNames } from './rig/many-tags.ts';

/*
 * The inventory of container-mirror: 74,212 tags in 1,625 repositories, with generated names. The
 * mirror is up to date except for a few tags.
 */

/** By registry: how many repositories have so many tags. */
const inventory = JSON.parse(
  readFileSync('test/fixtures/tags-of-container-mirror.json', 'utf8'),
) as Record<string, readonly (readonly [number, number])[]>;

const quirksOf: Readonly<Record<string, Quirks>> = {
  'k8s.gcr.io': { listing: 'gcr' },
  'gcr.io': { listing: 'gcr' },
  'quay.io': { listing: 'quay' },
  'docker.elastic.co': {},
};

let world: HubAndEcr;
let hub: FakeDockerHub;
let ecr: FakeEcr;
let origins: Map<string, FakeRegistry>;

beforeEach(async () => {
  world = await startHubAndEcr();
  ({ hub, ecr } = world);
  origins = new Map([['docker.io', hub.registry]]);
  for (const [host, quirks] of Object.entries(quirksOf)) {
    const begin = (options: object) => startRegistry({ ...options, quirks });
    origins.set(host, await world.internet.start(host, begin));
  }
  return world.close;
});

/** Returns how many requests a repository with so many wanted tags takes at its origin. */
function originRequests(host: string, tags: number): number {
  if (tags === 1 || host === 'docker.elastic.co') return tags;
  return host.endsWith('gcr.io') ? 1 : Math.ceil(tags / 100);
}

function mirrorRequests(tags: number): number {
  return tags === 1 ? 1 : Math.ceil(tags / 1_000);
}

/** Fills all registries. Returns the list of images, and how many requests its plan takes. */
function fillRegistries() {
  const list: string[] = [];
  const expected = { origins: 0, mirror: 0 };
  for (const [host, sizes] of Object.entries(inventory)) {
    for (const [count, repositories] of sizes) {
      for (let at = 0; at < repositories; at += 1) {
        const name = `organization-${at}/image-with-${count}-tags`;
        const store = origins.get(host)?.store ?? expect.unreachable(host);
        addTags(store, name, tagNames(count));
        const mirror = createRepository(ecr.account, `${host.replaceAll('.', '-')}/${name}`);
        copyRepository(store.repository(name), mirror);
        list.push(...tagNames(count).map((tag) => `${host}/${name}:${tag}`));
        expected.origins += originRequests(host, count);
        expected.mirror += mirrorRequests(count);
      }
    }
  }
  return { list, expected };
}

/** Counts the requests of plans; a first answer that asks for a token, and tokens, are left out. */
function countRequests(): { origins: number; mirror: number } {
  const isCounted = ({ status }: RecordedRequest) => status !== 401;
  const atOrigins = [...origins.values()].flatMap(({ requests }) => requests.filter(isCounted));
  const lists = ecr.api.calls.filter(({ operation }) => operation === 'ListImages').length;
  return {
    origins: atOrigins.length + hub.api.requests.length,
    mirror: lists + ecr.registry.requests.filter(isCounted).length,
  };
}

test('the plan of a whole mirror takes a request for a page of tags, and less than 300 MB', async () => {
  const { list, expected } = fillRegistries();
  expect(list).toHaveLength(74_212);
  // One tag of the largest repository has moved.
  const [large] = [...hub.store.repositories].find(([name]) => name.endsWith('-5277-tags')) ?? [''];
  const { tags } = hub.store.repository(large);
  tags.set('1.1', tags.get('1.0') ?? '');
  const started = performance.now();
  const run = startSync(world.folder, {
    rules: {
      mirror: ecr.account.host,
      rules: Object.keys(inventory).map((host) => ({
        from: host,
        to: `\${mirror}/${host.replaceAll('.', '-')}`,
      })),
    },
    list,
    args: ['--plan'],
    env: { ...world.internet.environment, ...ecr.environment },
  });
  let peak = 0;
  const watch = setInterval(() => {
    if (run.process.isAlive()) peak = Math.max(peak, peakMemory(run.process.pid) || 0);
  }, 50);
  expect(await run.ended).toBe(0);
  clearInterval(watch);
  const seconds = Math.round(performance.now() - started) / 1_000;
  const counts = countRequests();
  const end = run.output().trimEnd().split('\n').slice(-2);
  console.log(`${seconds} s, ${Math.round(peak)} MB, ${JSON.stringify(counts)}\n${end.join('\n')}`);
  expect(end[0]).toBe('74212 images: 1 to copy, 74211 present');
  // As something is copied from Docker Hub, it was asked for its limit of pulls.
  expect(counts).toEqual({ ...expected, origins: expected.origins + 1 });
  expect(end[1]).toMatch(/^\d+ requests so far; copying takes 1 pull from Docker Hub/);
  expect(counts.origins + counts.mirror).toBeLessThan(4_000);
  expect(peak).toBeLessThan(300);
}, 600_000);
