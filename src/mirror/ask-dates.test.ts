import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeDockerHub, startDockerHub } from '../../test/rig/registry/docker-hub.ts';
import { addImage } from '../../test/rig/registry/images.ts';
import { RegistryBench } from '../../test/support/registry-client.ts';
import type { RegistryClient } from '../registry/client.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { Answers, type There } from './answers.ts';
import { askDates } from './ask-dates.ts';
import type { Choice } from './choice.ts';
import { locate } from './located.ts';
import { wantedImages } from './wanted.ts';

/* Docker Hub lists tags with their dates, a hundred in a page, the latest change first. */

const bench = new RegistryBench();
const day = 86_400_000;
const { ruleSet } = loadRules('version: 1\nrules: [{from: docker.io, to: m.example/hub}]');
const recent: Choice = { overwrite: { within: 10 * day } };
let hub: FakeDockerHub;
let client: RegistryClient;
let answers: Answers;

beforeEach(async () => {
  const net = await bench.internet();
  hub = await startDockerHub(net);
  client = bench.clientWith({}, { env: net.environment });
  answers = new Answers();
});
afterEach(() => bench.close());

/** Adds a tag to Docker Hub that changed so many days ago. Returns the time. */
function addToHub(tag: string, age: number): number {
  const { digest } = addImage(hub.store, 'team/app', { tag });
  const { manifests } = hub.store.repository('team/app');
  const manifest = manifests.get(digest) ?? expect.unreachable();
  const pushed = new Date(Date.now() - age * day);
  manifests.set(digest, { ...manifest, pushed });
  return pushed.getTime();
}

const locateTag = (tag: string) => locate(`docker.io/team/app:${tag}`) ?? expect.unreachable();
const there = (digest: string): There => ({ state: 'there', digest, isIndex: false });

/** Returns what is wanted of some tags, which both sides have with different digests. */
function changed(tags: readonly string[], choice: Choice = recent) {
  const listed = tags.map((tag) => ({
    image: `docker.io/team/app:${tag}`,
    isRepository: false,
    place: 'l:1',
    choice,
  }));
  const { wanted } = wantedImages(listed, ruleSet as RuleSet);
  for (const { destination } of wanted) answers.set('mirror', destination, there('sha256:old'));
  for (const tag of tags) answers.set('origin', locateTag(tag), there('sha256:new'));
  return wanted;
}

function dateOf(tag: string): number | undefined {
  const answer = answers.of('origin', locateTag(tag));
  return answer?.state === 'there' ? answer.updated : expect.unreachable();
}

test('tags of one repository that have changed are dated by one list', async () => {
  const one = addToHub('1', 3);
  const two = addToHub('2', 20);
  await askDates(client, changed(['1', '2', 'unlisted']), answers, {});
  expect(['1', '2', 'unlisted'].map(dateOf)).toEqual([one, two, undefined]);
  expect(hub.api.requests).toHaveLength(1);
});

test('a list is read until all that is looked for has a date', async () => {
  for (let at = 0; at < 250; at++) addToHub(`${at}`, at);
  await askDates(client, changed(['0', '150']), answers, {});
  expect(hub.api.requests).toHaveLength(2);
});

test.each<[string, Partial<There> | { state: 'missing' }, Choice]>([
  ['any change counts', {}, {}],
  ['no change counts', {}, { overwrite: 'never' }],
  ['the mirror lacks the tag', { state: 'missing' }, recent],
  ['the mirror has it', { digest: 'sha256:new' }, recent],
  ['the mirror has a copy with fewer platforms', { digest: 'sha256:copy' }, recent],
])('nothing is asked if %s', async (_, mirror, choice) => {
  addToHub('1', 3);
  const wanted = changed(['1'], choice);
  const origin = { ...there('sha256:new'), copyDigest: 'sha256:copy' };
  answers.set('origin', locateTag('1'), origin);
  for (const { destination } of wanted)
    answers.set('mirror', destination, { ...there('sha256:old'), ...mirror });
  await askDates(client, wanted, answers, {});
  expect(hub.api.requests).toEqual([]);
});

test('nothing is asked if the date is known, or the run was stopped', async () => {
  addToHub('1', 3);
  const wanted = changed(['1']);
  await askDates(client, wanted, answers, { signal: AbortSignal.abort() });
  expect(dateOf('1')).toBeUndefined();
  answers.set('origin', locateTag('1'), { ...there('sha256:new'), updated: 7 });
  await askDates(client, wanted, answers, {});
  expect(dateOf('1')).toBe(7);
  expect(hub.api.requests).toEqual([]);
});

test('a list that cannot be read leaves the date unknown', async () => {
  addToHub('1', 3);
  const body = JSON.stringify({ results: [], next: 'https://elsewhere.example/v2/' });
  hub.api.faults.add({ effect: { kind: 'answer', status: 200, body } });
  await askDates(client, changed(['1']), answers, {});
  expect(dateOf('1')).toBeUndefined();
  expect(hub.api.requests).toHaveLength(1);
});
