import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { beforeAll, expect, inject, test, vi } from 'vitest';
import { KubernetesApi } from '../../src/kubernetes/api.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import {
  type FollowedNamespaceRules,
  followNamespaceRules,
} from '../../src/server/following/namespace-rules.ts';
import { Metrics } from '../../src/server/metrics/metrics.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import type { KubernetesObject } from '../rig/kubernetes-object.ts';
import { readApiMetrics } from './rig/api-metrics.ts';

/** In a cluster of many ConfigMaps; how many are neither labelled nor of interest. */
const others = Number(process.env.OTHER_CONFIG_MAPS ?? 1_000);
const labelled = Number(process.env.LABELLED_CONFIG_MAPS ?? 500);
const quietSeconds = Number(process.env.QUIET_SECONDS ?? 10);

const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
const { hostname: host, port } = new URL(server.url);
let requests = 0;
const api = new KubernetesApi(async () => {
  requests++;
  return { host, port: Number(port), ca: server.ca, token: server.token };
});
const rules = loadRules(
  // Other files leave theirs in the same API server.
  'version: 1\nnamespaceRules: { to: [m.example], namespaces: { include: [crowd-*, single-*] } }\nrules: []\n',
).ruleSet as RuleSet;
const rulesTo = (to: string) => `version: 1\nrules:\n  - from: quay.io\n    to: m.example/${to}\n`;
const isLabelled = { 'image-detour/rules': 'true' };
const started = { start: 0 };

const metrics = new Metrics('test');
let live: FollowedNamespaceRules;
let crowd: string;
let team: string;

beforeAll(async () => {
  [crowd, team] = (await Promise.all(
    ['crowd', 'single'].map((prefix) => kubernetes.createNamespace(prefix)),
  )) as [string, string];
  await create(others, (count) => [crowd, `other-${count}`, {}]);
  await create(labelled, (count) => [crowd, `rules-${count}`, isLabelled]);
  await configMap(team, 'rules', isLabelled);
  const begun = performance.now();
  live = await keep(metrics);
  started.start = (performance.now() - begun) / 1000;
  return async () => {
    live.stop();
    // Other files count what has the label.
    for (const namespace of [crowd, team])
      await kubernetes.delete(`/api/v1/namespaces/${namespace}/configmaps`);
  };
});

const destinationOf = (namespace: string) =>
  live.current().get(namespace)?.rules[0]?.destination?.name;

test('to begin with it asks for one list, one watch and one ConfigMap a namespace', async () => {
  expect(destinationOf(team)).toBe('m.example/first');
  expect(destinationOf(crowd)).toBe('m.example/first');
  const pages = Math.ceil((labelled + 1) / 500);
  await vi.waitFor(() => expect(requests).toBe(pages + 1 + 2), { timeout: 5_000 });
});

test('while nothing changes, it keeps one connection and sends no request', async () => {
  const [before, at] = [await readApiMetrics(server), requests];
  await sleep(quietSeconds * 1000);
  const after = await readApiMetrics(server);
  const { LIST = 0, GET = 0 } = after.ended('configmaps');
  const { LIST: lists = 0, GET: gets = 0 } = before.ended('configmaps');
  const ours = requests - at;
  report({ seconds: quietSeconds, requests: ours, cpu: after.cpu - before.cpu });
  expect(ours).toBe(0);
  // The API server's own controllers look at one of theirs.
  expect(GET - gets + LIST - lists).toBeLessThan(5);
  expect(after.watches('configmaps')).toBeGreaterThan(0);
});

test('while one namespace keeps editing its 500 ConfigMaps, edits of another one take effect, and not every edit causes a read', async () => {
  let isOver = false;
  let edits = 0;
  const [at, begun] = [requests, performance.now()];
  const editing = Array.from({ length: 8 }, async (_, worker) => {
    for (let count = worker; !isOver; count = (count + 8) % labelled, edits++)
      await edit(crowd, `rules-${count}`, `crowd-${edits}`);
  });
  const waits: number[] = [];
  for (let count = 0; count < 5; count++) {
    const editedAt = performance.now();
    await edit(team, 'rules', `team-${count}`);
    await vi.waitFor(() => expect(destinationOf(team)).toBe(`m.example/team-${count}`), {
      timeout: 30_000,
      interval: 20,
    });
    waits.push(performance.now() - editedAt);
  }
  isOver = true;
  await Promise.all(editing);
  const seconds = (performance.now() - begun) / 1000;
  report({ edits, requests: requests - at, seconds, slowest: Math.max(...waits) / 1000 });
  // Only the first by name is read, at most once in two seconds, and the five of the other one.
  expect(requests - at).toBeLessThanOrEqual(Math.ceil(seconds / 2) + 1 + 5);
  expect(edits).toBeGreaterThan(2 * (requests - at));
});

test('when the first by name goes, the next one counts', async () => {
  await kubernetes.delete(`/api/v1/namespaces/${crowd}/configmaps/rules-0`);
  await edit(crowd, 'rules-1', 'next');
  await vi.waitFor(() => expect(destinationOf(crowd)).toBe('m.example/next'), { timeout: 30_000 });
});

test('megabytes of metadata in one namespace do not keep another one from being read', async () => {
  // Stored twice: the labels and who has set them.
  const labels = Object.fromEntries(
    Array.from({ length: 4_000 }, (_, count) => [`${'x'.repeat(58)}${count}`, 'y'.repeat(63)]),
  );
  for (let count = 0; count < 15; count++)
    await configMap(crowd, `heavy-${count}`, { ...labels, ...isLabelled });
  const again = await keep(new Metrics('test'));
  expect(again.current().get(team)).toBeDefined();
  await edit(team, 'rules', 'after');
  for (const { current } of [live, again]) {
    await vi.waitFor(
      () => expect(current().get(team)?.rules[0]?.destination?.name).toBe('m.example/after'),
      {
        timeout: 30_000,
      },
    );
  }
  // The first by name is one that is too large now: the rules before it stay.
  expect(destinationOf(crowd)).toBe('m.example/next');
  expect(failures(metrics)).toBe(0);
  again.stop();
});

function keep(metrics: Metrics): Promise<FollowedNamespaceRules> {
  const logger = pino({ level: 'silent' });
  return followNamespaceRules(api, () => rules, { metrics, logger, interval: 1_000 });
}

function failures(metrics: Metrics): number | undefined {
  const reads = metrics.all().find(({ name }) => name === 'detour_namespace_rules_reads_total');
  return reads?.samples().find(({ labels }) => labels.result === 'failure')?.value;
}

function report(figures: Readonly<Record<string, number>>): void {
  const rounded = Object.entries({ ...started, ...figures }).map(
    ([name, value]) => `${name} ${Math.round(value * 1000) / 1000}`,
  );
  console.log(
    `${others + labelled + 1} ConfigMaps, ${labelled + 1} labelled: ${rounded.join(', ')}`,
  );
}

async function create(
  number: number,
  what: (count: number) => Parameters<typeof configMap>,
): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < number) await configMap(...what(next++));
  };
  await Promise.all(Array.from({ length: 32 }, work));
}

async function configMap(namespace: string, name: string, labels: Record<string, string>) {
  await kubernetes.create(`/api/v1/namespaces/${namespace}/configmaps`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels },
    data: { 'detour.yaml': rulesTo('first') },
  } as KubernetesObject);
}

async function edit(namespace: string, name: string, to: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
  await kubernetes.patch(path, { data: { 'detour.yaml': rulesTo(to) } } as object);
}
