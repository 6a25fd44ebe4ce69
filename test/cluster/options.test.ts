import { beforeAll, describe, expect, inject, test } from 'vitest';
import { until } from '../rig/process.ts';
import { Cluster } from './rig/cluster.ts';
import { clusterPod } from './rig/cluster-objects.ts';
import { Product } from './rig/product.ts';

const cluster = new Cluster(inject('cluster'));
const mirrored = { version: 1, rules: [{ from: 'quay.io', to: 'mirror.example/quay' }] };

/** With the rights that the chart gives, and no others. */
describe('with rules of namespaces and events', () => {
  const product = new Product(cluster, 'optional', {
    namespaceRules: true,
    events: true,
    rules: { content: { ...mirrored, namespaceRules: { to: ['mirror.example/teams'] } } },
  });
  beforeAll(async () => {
    await product.install();
    return () => product.uninstall();
  });

  const rulesTo = (to: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'rules', namespace: 'default', labels: { 'image-detour/rules': 'true' } },
    data: { 'detour.yaml': JSON.stringify({ version: 1, rules: [{ from: 'ghcr.io', to }] }) },
  });
  const imageOf = async (image: string) => {
    const { spec } = await cluster.admit(clusterPod('probe', image));
    return spec.containers[0]?.image;
  };

  test('a ConfigMap rewrites the images of its namespace', async () => {
    expect(await imageOf('ghcr.io/a:1')).toBe('ghcr.io/a:1');
    await cluster.apply(rulesTo('mirror.example/teams/x'));
    await until('its rules hold', async () => {
      // By each of the replicas.
      const images = await Promise.all(Array.from({ length: 8 }, () => imageOf('ghcr.io/a:1')));
      return images.every((image) => image === 'mirror.example/teams/x/a:1');
    });
    expect(await imageOf('quay.io/a:1')).toBe('mirror.example/quay/a:1');
  });

  test('one that goes too far is told to whom it belongs', async () => {
    await cluster.apply(rulesTo('elsewhere.example'));
    await isReported('default', 'rules', /Warning\s+RulesInvalid.*outside-allowed/);
    expect(await imageOf('ghcr.io/a:1')).toBe('mirror.example/teams/x/a:1');
    await cluster.kubectl(['delete', 'configmap', 'rules']);
  });

  test('a broken edit of the cluster’s rules is reported on their ConfigMap', async () => {
    const patch = JSON.stringify({ data: { 'detour.yaml': 'version: 2\n' } });
    await product.kubectl('patch', 'configmap', 'image-detour-rules', '--patch', patch);
    await isReported(
      product.namespace,
      'image-detour-rules',
      /Warning\s+RulesInvalid.*detour\.yaml:1:/,
    );
    expect(await imageOf('quay.io/a:1')).toBe('mirror.example/quay/a:1');
  });

  async function isReported(namespace: string, configMap: string, event: RegExp): Promise<void> {
    const describe = ['describe', 'configmap', configMap, '--namespace', namespace];
    await until('it is reported', async () => event.test(await cluster.kubectl(describe)), 45);
  }
});
