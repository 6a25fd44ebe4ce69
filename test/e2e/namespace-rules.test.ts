import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { KubernetesApi } from '../../src/kubernetes/api.ts';
import { withUid } from '../../src/kubernetes/config-map.ts';
import { reportEvent } from '../../src/kubernetes/config-map-event.ts';
import { firstObject, listObjects } from '../../src/kubernetes/list.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import {
  type FollowedNamespaceRules,
  followNamespaceRules,
} from '../../src/server/following/namespace-rules.ts';
import { Metrics } from '../../src/server/metrics/metrics.ts';
import { kubectl } from '../rig/kubectl.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import type { KubernetesObject } from '../rig/kubernetes-object.ts';

const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
const { hostname: host, port } = new URL(server.url);
const api = new KubernetesApi(async () => ({
  host,
  port: Number(port),
  ca: server.ca,
  token: server.token,
}));
const clusterRules = (allowed: string) =>
  loadRules(
    `version: 1\nnamespaceRules: { to: [${allowed}], namespaces: { include: [team-*, other-*, closed-*], exclude: [closed-*] } }\nrules: []\n`,
  ).ruleSet as RuleSet;
const rulesTo = (to: string) => `version: 1\nrules:\n  - from: quay.io\n    to: ${to}\n`;

let cluster = clusterRules('mirror.example/teams');
const metrics = new Metrics('test');
const lines: { msg: string; file?: string; diagnostics?: string[] }[] = [];
const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
let live: FollowedNamespaceRules;
let team: string;
let other: string;
let closed: string;

beforeAll(async () => {
  [team, other, closed] = (await Promise.all(
    ['team', 'other', 'closed'].map((prefix) => kubernetes.createNamespace(prefix)),
  )) as [string, string, string];
  await configMap(team, 'rules', rulesTo('mirror.example/teams/a'));
  await configMap(closed, 'rules', rulesTo('mirror.example/teams/c'));
  live = await followNamespaceRules(api, () => cluster, { metrics, logger, interval: 1000 });
  return () => live.stop();
});
afterAll(() => live.stop());

const soon = { timeout: 15_000, interval: 100 };
const destinationOf = (namespace: string) =>
  live.current().get(namespace)?.rules[0]?.destination?.name;

async function configMap(namespace: string, name: string, text: string, label = 'true') {
  await kubernetes.create(`/api/v1/namespaces/${namespace}/configmaps`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: { 'image-detour/rules': label } },
    data: { 'detour.yaml': text },
  } as KubernetesObject);
}

function edit(text: string): Promise<KubernetesObject> {
  const data = { 'detour.yaml': text };
  return kubernetes.patch(`/api/v1/namespaces/${team}/configmaps/rules`, { data } as object);
}

test('they apply from the start, in their own namespace, as far as the cluster’s file allows', () => {
  expect(destinationOf(team)).toBe('mirror.example/teams/a');
  expect(destinationOf(other)).toBeUndefined();
  expect(destinationOf(closed)).toBeUndefined();
});

test('an edit is in force soon; one that is broken, or goes too far, leaves the old rules and is reported', async () => {
  await edit(rulesTo('mirror.example/teams/b'));
  await vi.waitFor(() => expect(destinationOf(team)).toBe('mirror.example/teams/b'), soon);

  await edit(rulesTo('elsewhere.example'));
  await vi.waitFor(() => expect(lines.at(-1)?.msg).toMatch(/broken/), soon);
  expect(lines.at(-1)).toMatchObject({ file: `${team}/rules` });
  expect(destinationOf(team)).toBe('mirror.example/teams/b');
  const samples = metrics
    .all()
    .find(({ name }) => name === 'detour_namespace_rules')
    ?.samples();
  expect(samples).toMatchObject([{ value: 0 }, { value: 1 }]);
  await vi.waitFor(
    () =>
      expect(kubectl(['describe', 'configmap', 'rules', '--namespace', team])).toMatch(
        /Warning\s+RulesInvalid\s+.*image-detour\s+detour.yaml:3:11: error outside-allowed/,
      ),
    soon,
  );

  await edit(rulesTo('mirror.example/teams/c'));
  await vi.waitFor(() => expect(destinationOf(team)).toBe('mirror.example/teams/c'), soon);
});

test('when the cluster’s file allows less, rules beyond it no longer apply', async () => {
  cluster = clusterRules('mirror.example/others');
  await vi.waitFor(() => expect(destinationOf(team)).toBeUndefined(), soon);
  cluster = clusterRules('mirror.example/teams');
  await vi.waitFor(() => expect(destinationOf(team)).toBe('mirror.example/teams/c'), soon);
});

test('of two in a namespace the first by name counts; one without the label does not', async () => {
  await configMap(team, 'a', rulesTo('mirror.example/teams/first'));
  await configMap(other, 'unlabelled', rulesTo('mirror.example/teams/x'), 'false');
  await vi.waitFor(() => expect(destinationOf(team)).toBe('mirror.example/teams/first'), soon);
  expect(destinationOf(other)).toBeUndefined();
  await kubernetes.delete(`/api/v1/namespaces/${team}/configmaps/a`);
  await kubernetes.delete(`/api/v1/namespaces/${team}/configmaps/rules`);
  await vi.waitFor(() => expect(destinationOf(team)).toBeUndefined(), soon);
});

test('where no ConfigMap has the label there is nothing to find, and a version to watch from', async () => {
  const selection = { path: '/api/v1/configmaps', labelSelector: 'nobody=has-it' };
  for (const metadataOnly of [true, false]) {
    const found: unknown[] = [];
    const version = await listObjects(api, { ...selection, metadataOnly }, (one) =>
      found.push(one),
    );
    expect([found, Number(version) > 0]).toEqual([[], true]);
    expect(await firstObject(api, { ...selection, metadataOnly })).toBeUndefined();
  }
});

test('what many replicas find wrong is reported once', async () => {
  await configMap(other, 'cluster', 'version: 1\n', 'false');
  const reference = await withUid(api, { namespace: other, name: 'cluster' });
  const lines = ['detour.yaml:1:1: error'];
  const event = { type: 'Warning', reason: 'RulesInvalid', lines } as const;
  await Promise.all(Array.from({ length: 4 }, () => reportEvent(api, reference, event)));
  expect(kubectl(['describe', 'configmap', 'cluster', '--namespace', other])).toMatch(
    /RulesInvalid\s+\S+\s+image-detour\s+detour.yaml:1:1: error/,
  );
  const events = kubectl(['get', 'events', '--namespace', other, '-o', 'name']).trim().split('\n');
  expect(events).toHaveLength(1);
});
