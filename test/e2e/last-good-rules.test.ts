import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { beforeEach, expect, inject, onTestFinished, test, vi } from 'vitest';
import { readFirstRules } from '../../src/cli/commands/serve/first-rules.ts';
import { KubernetesApi } from '../../src/kubernetes/api.ts';
import { LastGoodRules } from '../../src/kubernetes/last-good-rules.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { fixedSource } from '../../src/rules-source/source.ts';
import { MountedRules } from '../../src/server/following/mounted-rules.ts';
import { Metrics } from '../../src/server/metrics/metrics.ts';
import { kubectl, kubectlAsync } from '../rig/kubectl.ts';
import { Kubernetes } from '../rig/kubernetes.ts';

const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
const { hostname: host, port } = new URL(server.url);
const good = 'version: 1\nrules:\n  - {from: quay.io, to: good.example}\n';
const broken = fixedSource('detour.yaml', 'version: 1\nrules:\n  - {form: quay.io}\n');

let namespace: string;
let path: string;
let api: KubernetesApi;
let copy: LastGoodRules;

/** With the rights that the chart gives, for these two names. */
beforeEach(async () => {
  namespace = await kubernetes.createNamespace('last-good');
  path = `/api/v1/namespaces/${namespace}/configmaps`;
  await createConfigMap('copy');
  const here = ['--namespace', namespace];
  const role = (name: string, verbs: string, of: string) =>
    kubectl(['create', 'role', name, `--verb=${verbs}`, `--resource=configmaps`, of, ...here]);
  role('copy', 'get,update', '--resource-name=copy');
  role('rules', 'get,list,watch', '--resource-name=rules');
  kubectl(['create', 'role', 'events', '--verb=create', '--resource=events', ...here]);
  for (const name of ['copy', 'rules', 'events']) {
    const to = [`--role=${name}`, `--serviceaccount=${namespace}:default`];
    kubectl(['create', 'rolebinding', name, ...to, ...here]);
  }
  const token = await kubectlAsync('create', 'token', 'default', ...here);
  api = new KubernetesApi(async () => ({ host, port: Number(port), ca: server.ca, token }));
  copy = new LastGoodRules(api, { namespace, name: 'copy' });
});

async function createConfigMap(name: string): Promise<void> {
  const metadata = { name, namespace };
  await kubernetes.create(path, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
}

test('replicas that write the same rules at once write them once', async () => {
  const replicas = Array.from(
    { length: 5 },
    () => new LastGoodRules(api, { namespace, name: 'copy' }),
  );
  const wrote = await Promise.all(replicas.map((replica) => replica.write(good)));
  expect(wrote.filter(Boolean)).toHaveLength(1);
  expect(await copy.read()).toBe(good);
  expect(await copy.write(good)).toBe(false);
  expect(await copy.write(`${good}# edited\n`)).toBe(true);
});

test('rules of 1 MiB fit in, more are refused before they are sent', async () => {
  const large = (length: number) => `${good}# ${'x'.repeat(length - good.length - 2)}`;
  expect(await copy.write(large(1024 * 1024))).toBe(true);
  await expect(copy.write(large(1024 * 1024 + 1))).rejects.toThrow('1048577 bytes');
});

test('a broken file: the copy is served, with what is wrong with the file', async () => {
  await copy.write(good);
  const { rules } = await readFirstRules(broken, copy);
  expect(rules.text).toBe(good);
  expect(rules.problems).toContainEqual(
    expect.stringContaining('detour.yaml:3:6: error unknown-key'),
  );
});

test.each<[string, () => Promise<unknown>, RegExp]>([
  ['is empty', async () => undefined, /there are no last good rules in .*\/copy yet/],
  ['is broken too', () => copy.write('version: 2\n'), /are broken too/],
  ['is not there', () => kubernetes.delete(`${path}/copy`), /kubectl create configmap copy/],
])('a broken file, and the copy %s: both are reported', async (_, arrange, message) => {
  await arrange();
  await expect(readFirstRules(broken, copy)).rejects.toThrow(/file is broken:[\s\S]*unknown-key/);
  await expect(readFirstRules(broken, copy)).rejects.toThrow(message);
});

test('a ConfigMap of the rules that is deleted and comes back is reported, each time once', async () => {
  await createConfigMap('rules');
  const metrics = new Metrics('test');
  const lines: { msg: string }[] = [];
  const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const { ruleSet } = loadRules(good);
  const watch = new MountedRules(api, { namespace, name: 'rules' }).watch;
  const rules = () => ruleSet as RuleSet;
  onTestFinished(watch(rules, { metrics, logger, interval: 1_000 }));
  const isPresent = () =>
    metrics
      .all()
      .find(({ name }) => name === 'detour_rules_configmap_present')
      ?.samples()[0]?.value;
  const soon = { timeout: 15_000, interval: 50 };
  await sleep(500);
  for (const times of [1, 2]) {
    expect(isPresent()).toBe(1);
    await kubernetes.delete(`${path}/rules`);
    await vi.waitFor(() => expect(isPresent()).toBe(0), soon);
    await createConfigMap('rules');
    await vi.waitFor(() => expect(isPresent()).toBe(1), soon);
    expect(lines.map(({ msg }) => msg)).toHaveLength(2 * times);
  }
  const columns = 'custom-columns=REASON:.reason';
  await vi.waitFor(() => {
    const events = kubectl(['get', 'events', '--namespace', namespace, '--output', columns]);
    expect(events.match(/RulesDeleted/g)).toHaveLength(2);
    expect(events.match(/RulesReturned/g)).toHaveLength(2);
  }, soon);
});
