import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeDockerHub, startDockerHub } from '../../test/rig/registry/docker-hub.ts';
import { addImage } from '../../test/rig/registry/images.ts';
import { RegistryBench } from '../../test/support/registry-client.ts';
import { countByMethod } from '../../test/sync/rig/mirroring.ts';
import type { RegistryClient } from '../registry/client.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { Answers, type There } from './answers.ts';
import { locate } from './located.ts';
import { planMirror } from './plan.ts';
import type { Platforms } from './platforms.ts';
import { PullBudget } from './pull-budget.ts';
import { pullsOf } from './pulls.ts';
import { wantedImages } from './wanted.ts';

const bench = new RegistryBench();
const { ruleSet } = loadRules(`version: 1
rules: [{from: docker.io, to: m.example/hub}, {from: quay.io, to: m.example/quay}]`);
let hub: FakeDockerHub;
let client: RegistryClient;
let budget: PullBudget;

beforeEach(async () => {
  const net = await bench.internet();
  hub = await startDockerHub(net);
  hub.registry.quirks.remainingPulls = 7;
  addImage(hub.store, 'team/app', { tag: '1' });
  budget = new PullBudget();
  client = bench.clientWith({}, { env: net.environment, on: (event) => budget.note(event) });
});
afterEach(() => bench.close());

/** Counts the pulls for images that their origin has like this, and the mirror does not have. */
async function count(origins: Record<string, Partial<There>>, platforms: Platforms = 'all') {
  const answers = new Answers();
  const listed = Object.keys(origins).map((image) => ({
    image,
    isRepository: false,
    place: 'l:1',
  }));
  const wishes = wantedImages(listed, ruleSet as RuleSet);
  for (const { destination } of wishes.wanted)
    answers.set('mirror', destination, { state: 'missing' });
  for (const [image, origin] of Object.entries(origins)) {
    const located = locate(image) ?? expect.unreachable();
    answers.set('origin', located, {
      state: 'there',
      digest: 'sha256:a',
      isIndex: true,
      ...origin,
    });
  }
  const { images } = planMirror(wishes, answers, new Date());
  return pullsOf(images, { answers, platforms, client, budget });
}

test('an image is one pull, an index one for itself and for each of its manifests', async () => {
  const origins = { 'team/app:1': { isIndex: false }, 'team/app:2': { manifests: 3 } };
  expect(await count(origins)).toMatchObject({ needed: 4, isEstimate: false });
});

test.each<[string, Partial<There>, Platforms]>([
  ['nobody has read it', {}, 'all'],
  ['only some of its platforms are copied', { manifests: 3 }, ['linux/amd64']],
  ['it may be an index', { isIndex: undefined }, 'all'],
])('what an index takes is a guess if %s', async (_, origin, platforms) => {
  expect(await count({ 'team/app:1': origin }, platforms)).toMatchObject({
    needed: 5,
    isEstimate: true,
  });
});

test('Docker Hub says what is left, once, which is not a pull', async () => {
  expect((await count({ 'team/app:1': {} }))?.left).toMatchObject({ remaining: 7, limit: 100 });
  expect((await count({ 'team/app:1': {} }))?.left).toMatchObject({ remaining: 7 });
  const answered = hub.registry.requests.filter(({ status }) => status !== 401);
  expect(countByMethod(answered)).toEqual({ HEAD: 1 });
  expect(hub.registry.quirks.remainingPulls).toBe(7);
});

test('what is left is unknown if Docker Hub refuses to say it', async () => {
  hub.registry.faults.add({ effect: { kind: 'answer', status: 403 } });
  expect(await count({ 'team/app:1': { isIndex: false } })).toEqual({
    needed: 1,
    isEstimate: false,
    left: undefined,
  });
});

test('other registries are not counted, and nothing is asked for them', async () => {
  expect(await count({ 'quay.io/team/app:1': {} })).toBeUndefined();
  expect(hub.registry.requests).toEqual([]);
});
