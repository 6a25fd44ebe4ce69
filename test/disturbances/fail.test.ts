import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { disturb, image, mirrored } from '../cluster/load/disturb.ts';
import { bringCertificate } from '../cluster/rig/brought-certificate.ts';
import { CertManager } from '../cluster/rig/cert-manager.ts';
import { Cluster } from '../cluster/rig/cluster.ts';
import { clusterPod } from '../cluster/rig/cluster-objects.ts';
import { Product, type Values } from '../cluster/rig/product.ts';
import { imageOf, type KubernetesObject } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';

/*
 * With `Fail`, a registration that nobody answers refuses every Pod. It begins with `Ignore`, and a
 * replica raises it when an API server has reached that replica.
 */
const cluster = new Cluster(inject('cluster'));
/** A busy machine is not what is tested: nobody answers in whatever time, or somebody does. */
const fail = { webhook: { failurePolicy: 'Fail', timeoutSeconds: 10 } };
const load = { perSecond: 50, freshEvery: 0 };

const admitted = async () => imageOf(await cluster.admit(clusterPod('probe', image)));

describe('an install with Fail', () => {
  let product: Product;
  const create = async (namespace: string, values: Values = fail) => {
    await cluster.createNamespace(namespace, 'restricted');
    product = new Product(cluster, namespace, values);
  };
  afterEach(() => product.uninstall());

  test('under load refuses no Pod, and has Fail without further ado', async () => {
    await create('good');
    const how = () => product.installOnly();
    const report = await disturb(cluster, product, { what: 'install with Fail', how, ...load });
    expect(report.admissions.messages).toEqual({});
    await product.hasPolicy('Fail');
    const { metadata } = await cluster.get<KubernetesObject>('namespace/good');
    expect(metadata.labels).toMatchObject({ 'image-detour': 'disabled' });
  });

  test('from a mistyped repository refuses no Pod', async () => {
    const { productImage } = cluster.address;
    const repository = productImage.replace(/image-detour:.*/, 'image-detuor');
    // The hook that checks the rules has the same image, and would never let it come to this.
    const rules = { check: false };
    await create('mistyped', { ...fail, rules, image: { repository, tag: 'latest' } });
    const how = async () => {
      await product.helmInstall();
      await sleep(10_000);
    };
    const report = await disturb(cluster, product, { what: 'mistyped repository', how, ...load });
    expect(report.admissions.messages).toEqual({});
    expect(report.admissions.sent).toBe(report.admissions.unRewritten);
    expect(await product.failurePolicy()).toBe('Ignore');
  });

  test('with cert-manager, which writes the caBundle late, refuses no Pod', async () => {
    const certManager = new CertManager(cluster);
    await certManager.install();
    onTestFinished(() => certManager.uninstall());
    await create('managed', { ...fail, certificate: { mode: 'certManager' } });
    const how = async () => {
      await product.helmInstall();
      const certificate = await certManager.issue(product);
      const replicas = ['--selector', 'app.kubernetes.io/component=webhook'];
      const isWaiting = async () => {
        // There is no log before the Secret is mounted.
        const log = await product.kubectl('logs', ...replicas).catch(() => '');
        return log.includes('failurePolicy stays Ignore for now');
      };
      await until('a replica waits for the caBundle', isWaiting, 90);
      expect(await product.failurePolicy()).toBe('Ignore');
      await certManager.inject(product, certificate);
      await product.hasPolicy('Fail', 60);
    };
    const report = await disturb(cluster, product, { what: 'late caBundle', how, ...load });
    expect(report.admissions.messages).toEqual({});
    expect(report.admissions.unRewritten).toBeGreaterThan(0);
  });

  test('with a brought certificate, too', async () => {
    await create('raised');
    const brought = await bringCertificate(cluster, product);
    product = new Product(cluster, 'raised', { ...fail, ...brought });
    await product.install();
    expect(await product.failurePolicy()).toBe('Fail');
  });
});

describe('Fail in force', () => {
  const product = new Product(cluster, 'forced', fail);
  beforeAll(async () => {
    await product.install();
    return () => product.uninstall();
  });

  test('an upgrade under load loses nothing, and Fail stays but for a moment', async () => {
    const how = () => product.upgrade({ podAnnotations: { revision: 'next' } });
    const report = await disturb(cluster, product, { what: 'upgrade with Fail', how, ...load });
    const { messages, unRewritten } = report.admissions;
    expect({ messages, unRewritten }).toEqual({ messages: {}, unRewritten: 0 });
    await product.hasPolicy('Fail');
  });

  test('with all replicas dead, an upgrade to Ignore works, and Pods are admitted', async () => {
    await product.scale(0);
    await until('Pods are refused', () => cluster.refuses(clusterPod('refused', image)));
    await product.helmUpgrade({ webhook: { failurePolicy: 'Ignore' } });
    expect(await product.failurePolicy()).toBe('Ignore');
    await until('Pods are admitted', async () => (await admitted()) === image);
  });

  test('the way back begins with Ignore, ends with Fail, and refuses no Pod', async () => {
    await product.helmUpgrade();
    expect(await product.failurePolicy()).toBe('Ignore');
    await product.kubectl('scale', `deployment/${product.name}`, '--replicas=2');
    await until('Pods are rewritten', async () => (await admitted()) === mirrored);
    await product.hasPolicy('Fail');
  });

  test('with all replicas alive, an upgrade to Ignore is not undone', async () => {
    await product.upgrade({ webhook: { failurePolicy: 'Ignore' } });
    await admitted();
    await sleep(2_000);
    expect(await product.failurePolicy()).toBe('Ignore');
  });
});

test('two releases with Fail, both without a replica, come back', async () => {
  const products = ['first', 'second'].map((name) => new Product(cluster, name, fail, name));
  try {
    for (const product of products) {
      await product.install();
    }
    for (const product of products) await product.scale(0);
    await until('Pods are refused', () => cluster.refuses(clusterPod('refused', image)));
    await Promise.all(products.map((product) => product.scale(1)));
    await until('Pods are rewritten', async () => (await admitted().catch(() => '')) === mirrored);
  } finally {
    for (const product of products) await product.uninstall();
  }
});
