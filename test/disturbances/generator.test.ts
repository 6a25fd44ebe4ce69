import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import {
  buildWebhookConfiguration,
  newestKubernetes,
} from '../../src/admission/webhook-configuration.ts';
import { summary, underLoad } from '../cluster/load/load.ts';
import { issueFor } from '../cluster/rig/brought-certificate.ts';
import { Cluster } from '../cluster/rig/cluster.ts';
import { clusterPod, productPod, serviceOf } from '../cluster/rig/cluster-objects.ts';
import { defaultMirror, imageOf } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';

const cluster = new Cluster(inject('cluster'));
const product = { namespace: 'measured', name: 'detour' };
const image = 'k8s.gcr.io/pause:3.1';
const mirrored = `${defaultMirror}/gcr/google_containers/pause:3.1`;
const load = { configuration: 'measured', namespace: 'measured-load', image, seconds: 5 };

/** What the figures of all other files rest on: that what goes wrong is counted. */
describe('the load generator', () => {
  beforeAll(async () => {
    await cluster.createNamespace(product.namespace, 'restricted');
    await cluster.createNamespace(load.namespace, 'privileged');
    const args = ['--tls-name', `${product.name}.${product.namespace}.svc`];
    await cluster.apply(productPod(cluster, { ...product, args }), serviceOf(product));
    await cluster.wait('pod/detour', 'condition=Ready', '--namespace', product.namespace);
    await trust(await certificateOf(product));
    return () => cluster.kubectl(['delete', 'mutatingwebhookconfiguration', load.configuration]);
  });

  test('opens 200 admissions a second, and 20 on fresh connections, all rewritten', async () => {
    const report = await underLoad(cluster, load, async () => undefined);
    console.log(summary('undisturbed', report));
    const { seconds, admissions, fresh } = report;
    expect(admissions).toMatchObject({ failed: 0, unRewritten: 0 });
    expect(fresh).toMatchObject({ failed: 0, unRewritten: 0 });
    expect(admissions.images).toEqual({ [mirrored]: admissions.sent });
    expect(admissions.sent / seconds).toBeGreaterThan(180);
    expect(fresh.sent).toBeGreaterThanOrEqual(Math.floor(admissions.sent / 10));
  });

  test('counts a Pod that is admitted as written as un-rewritten', async () => {
    const optedOut = { ...load, namespace: 'kube-system' };
    const { admissions, fresh } = await underLoad(cluster, optedOut, async () => undefined);
    expect(admissions).toMatchObject({ failed: 0, unRewritten: admissions.sent });
    expect(fresh).toMatchObject({ failed: 0, unRewritten: 0 });
  });

  test('counts a call that does not trust the certificate as failed', async () => {
    const { admissions, fresh } = await underLoad(cluster, load, async () => {
      const right = await certificateOf(product);
      await configure(issueFor(cluster, 'another').cert);
      await sleep(2_000);
      await trust(right);
    });
    for (const { failed, messages } of [admissions, fresh]) {
      expect(failed).toBeGreaterThan(20);
      expect(Object.keys(messages).join()).toMatch(
        /unknown authority|self-signed|unable to verify/,
      );
    }
    const isFine = ({ failed }: { failed: number }) => failed === 0;
    expect(admissions.perSecond.map(isFine)).toContain(true);
    expect(isFine(admissions.perSecond[0]!)).toBe(true);
  });

  test('counts a call that no webhook answers as failed', async () => {
    const { admissions, fresh } = await underLoad(cluster, load, async () => {
      await cluster.kubectl(['delete', 'pod/detour', '--now', '--namespace', product.namespace]);
    });
    expect(admissions.failed).toBeGreaterThan(100);
    expect(Object.keys(admissions.messages).join()).toContain('failed calling webhook');
    expect(fresh.failed).toBeGreaterThan(10);
  });
});

async function configure(caBundle: string): Promise<void> {
  const configuration = buildWebhookConfiguration({
    name: load.configuration,
    address: { service: { ...product, port: 443, path: '/mutate' } },
    caBundle,
    kubernetes: newestKubernetes,
    failurePolicy: 'Fail',
    timeoutSeconds: 3,
    excludedNamespaces: ['kube-system', product.namespace],
  });
  await cluster.apply(configuration);
}

async function trust(caBundle: string): Promise<void> {
  await configure(caBundle);
  await until('the webhook is asked', async () => {
    const pod = clusterPod('probe', image);
    return imageOf(await cluster.admit(pod).catch(() => pod)) === mirrored;
  });
}

function certificateOf({ namespace, name }: typeof product): Promise<string> {
  const proxy = `/api/v1/namespaces/${namespace}/pods/${name}:8081/proxy`;
  return cluster.kubectl(['get', '--raw', `${proxy}/ca.crt`]);
}
