import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { disturb, expectNoneLost, image } from '../cluster/load/disturb.ts';
import { Cluster } from '../cluster/rig/cluster.ts';
import { clusterPod } from '../cluster/rig/cluster-objects.ts';
import { chart, Product, type ProductPod } from '../cluster/rig/product.ts';
import { imageOf } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';

const cluster = new Cluster(inject('cluster'));
const rulesTo = (mirror: string) => ({
  version: 1,
  rules: [{ from: 'k8s.gcr.io', to: `${mirror}/gcr` }],
});
const good = rulesTo('good.example');
const broken = 'version: 1\nrules:\n  - form: k8s.gcr.io\n    to: broken.example/gcr\n';
const product = new Product(cluster, 'rules', {
  rules: { content: good },
  events: true,
  webhook: { failurePolicy: 'Fail' },
});
const configMap = 'image-detour-rules';

beforeAll(async () => {
  await product.install();
  return () => product.uninstall();
});

const imageNow = async () => imageOf(await cluster.admit(clusterPod('probe', image)));
const goodImage = 'good.example/gcr/pause:3.1';

/** Returns when a metric has a value in both replicas; an edit takes the kubelet some 10 s. */
async function metricIs(name: string, value: number): Promise<void> {
  const pods = await product.readyPods(2);
  const isThere = async (pod: ProductPod) => (await product.metric(pod, name)) === value;
  await until(
    `${name} is ${value} in both replicas`,
    async () => {
      await sleep(500);
      return (await Promise.all(pods.map(isThere))).every(Boolean);
    },
    45,
  );
}

async function isSaid(event: RegExp): Promise<void> {
  const events = ['get', 'events', '--output'];
  const columns = 'custom-columns=TYPE:.type,REASON:.reason,ON:.involvedObject.name,WHAT:.message';
  await until(
    'it is an Event',
    async () => event.test(await product.kubectl(...events, columns)),
    45,
  );
}

async function logs(): Promise<string> {
  const selector = 'app.kubernetes.io/component=webhook';
  return await product.kubectl('logs', '--selector', selector, '--tail', '-1');
}

describe('before anything changes, helm upgrade refuses', () => {
  const revision = async () => {
    const columns =
      'custom-columns=GENERATION:.metadata.generation,RULES:.metadata.resourceVersion';
    const objects = ['deployment/image-detour', `configmap/${configMap}`];
    return await product.kubectl('get', ...objects, '--output', columns);
  };

  test.each<[string, string, RegExp]>([
    ['an empty file', '', /rules\.content is empty/],
    ['a file that is not YAML', 'rules: [', /not a rules file: .*yaml/],
    ['a file with a mistake, and prints the mistake', broken, /:3:5: error unknown-key: /],
  ])('%s', async (_, content, message) => {
    const before = await revision();
    await expect(product.upgrade({ rules: { content } })).rejects.toThrow(message);
    expect(await revision()).toBe(before);
    expect(await imageNow()).toBe(goodImage);
  });

  test('a file with a mistake with Helm 3 too, and the log of the check has the mistake', async () => {
    const upgrade = ['upgrade', product.name, chart, '--namespace', product.namespace];
    const values = ['--reuse-values', '--set-string', `rules.content=${broken}`];
    const before = await revision();
    await expect(cluster.helm3([...upgrade, ...values])).rejects.toThrow(
      'image-detour-rules-check',
    );
    expect(await product.kubectl('logs', 'pod/image-detour-rules-check')).toContain(
      ':3:5: error unknown-key: ',
    );
    expect(await revision()).toBe(before);
  });

  test('your own ConfigMap that lacks the rules, and the log of the check stays', async () => {
    const rules = { existingConfigMap: 'kube-root-ca.crt' };
    await expect(product.upgrade({ rules })).rejects.toThrow('image-detour-rules-check');
    const log = await product.kubectl('logs', 'pod/image-detour-rules-check');
    expect(log).toMatch(/cannot be read: ENOENT.*detour\.yaml/);
  });

  test('and the next attempt succeeds and removes the check', async () => {
    await product.upgrade();
    expect(await cluster.isThere('pod/image-detour-rules-check', '-n', product.namespace)).toBe(
      false,
    );
  });
});

/** In milliseconds. The load that still waits when it ends is counted, too. */
const withLoad = 600_000;
/** Fewer than other tests: what counts is whether a call is lost, not how many there are at once. */
const perSecond = 50;

describe('the last good rules', () => {
  test('are written by the replicas, once', async () => {
    await until('they are there', async () => (await lastGood()).data !== undefined, 45);
    expect((await lastGood()).data?.['detour.yaml']).toContain('good.example');
    const { resourceVersion } = (await lastGood()).metadata;
    await product.restart();
    await metricIs('detour_last_good_rules_writes_total{result="success"}', 1);
    expect((await lastGood()).metadata.resourceVersion).toBe(resourceVersion);
  });

  test('after a broken edit, replicas that start serve them and say so: nothing is lost', {
    timeout: withLoad,
  }, async () => {
    await product.editRules(broken);
    await metricIs('detour_rules_valid', 0);
    const report = await disturb(cluster, product, {
      what: 'all replicas restarted with a broken rules file',
      how: () => product.restart(),
      perSecond,
    });
    expectNoneLost(report);
    expect(Object.keys(report.admissions.images)).toEqual([goodImage]);
    await metricIs('detour_last_good_rules', 1);
    expect(await logs()).toContain('the rules file cannot be used; the last good rules hold');
    await isSaid(/Warning +RulesInvalid +image-detour-rules +\S*detour\.yaml:3:5: error /);
    await isSaid(
      /Warning +RulesInvalid +image-detour-rules +the rules file cannot be used; the last/,
    );
  });

  test('are in force no longer when the file is good again', async () => {
    await product.editRules(JSON.stringify(rulesTo('mended.example')));
    await metricIs('detour_last_good_rules', 0);
    expect(await imageNow()).toBe('mended.example/gcr/pause:3.1');
    await until(
      'they are written',
      async () => (await lastGood()).data?.['detour.yaml']?.includes('mended.example'),
      45,
    );
  });

  interface ConfigMap {
    readonly metadata: { readonly resourceVersion: string };
    readonly data?: Readonly<Record<string, string>>;
  }

  function lastGood(): Promise<ConfigMap> {
    return cluster.get<ConfigMap>(
      'configmap/image-detour-last-good-rules',
      '--namespace',
      product.namespace,
    );
  }
});

describe('a ConfigMap of the rules that is deleted', () => {
  test('is reported at once, and its rules stay in force, also for replicas that start', {
    timeout: withLoad,
  }, async () => {
    await product.kubectl('delete', 'configmap', configMap);
    await metricIs('detour_rules_configmap_present', 0);
    expect(await logs()).toContain('the ConfigMap with the rules is deleted');
    await isSaid(/Warning +RulesDeleted +image-detour-rules /);
    const how = () => product.restart();
    const what = 'all replicas restarted without the ConfigMap of the rules';
    expectNoneLost(await disturb(cluster, product, { what, how, perSecond }));
    await metricIs('detour_last_good_rules', 1);
    expect(await imageNow()).toBe('mended.example/gcr/pause:3.1');
  });

  test('is reported when it is back', async () => {
    await product.upgrade();
    await metricIs('detour_rules_configmap_present', 1);
    await metricIs('detour_rules_valid', 1);
    expect(await imageNow()).toBe(goodImage);
    await isSaid(/Normal +RulesReturned +image-detour-rules /);
  });
});
