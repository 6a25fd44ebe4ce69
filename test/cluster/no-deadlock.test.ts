import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { imageOf, type Pod } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';
import { image } from './load/disturb.ts';
import { Cluster } from './rig/cluster.ts';
import { clusterPod } from './rig/cluster-objects.ts';
import { Product, type Values } from './rig/product.ts';

const cluster = new Cluster(inject('cluster'));
const product = new Product(cluster, 'unblocked');
const ten = Array.from({ length: 10 }, (_, index) => index);
const fail = { webhook: { failurePolicy: 'Fail' } };

beforeAll(async () => {
  await product.install();
  return () => product.uninstall();
});

describe('failurePolicy Fail without any replica', () => {
  beforeAll(async () => {
    await isAtWork(fail);
    await product.hasPolicy('Fail');
    await product.scale(0);
    await until('the API server has noticed', () => cluster.refuses(clusterPod('noticed', image)));
  });

  test.each([product.namespace, 'kube-system'])(
    '10 of 10 Pods of %s are created',
    async (namespace) => {
      const pods = ten.map((index) => restrictedPod(namespace, `deadlock-${index}`));
      await cluster.apply(...pods);
      const { items } = await cluster.get<{ items: Pod[] }>('pods', '--namespace', namespace);
      const created = items.filter(({ metadata }) => metadata.name?.startsWith('deadlock-'));
      await cluster.kubectl(['delete', '--now', '-f', '-'], { input: listOf(pods) });
      expect(created.map(imageOf)).toEqual(ten.map(() => image));
    },
  );

  test('10 of 10 static Pods run, and the API server shows them', async () => {
    const files = ten.map((index) => join(cluster.staticPods, `static-${index}.json`));
    onTestFinished(() => files.forEach((file) => void rmSync(file, { force: true })));
    for (const [index, file] of files.entries()) {
      const pod = clusterPod(`static-${index}`, `${cluster.address.mirror}/pause:1`);
      writeFileSync(file, JSON.stringify(pod));
    }
    for (const index of ten) {
      const mirrorPod = `pod/static-${index}-node1`;
      await until(`${mirrorPod} is there`, () => cluster.isThere(mirrorPod), 60);
      await cluster.wait(mirrorPod, 'condition=Ready');
    }
  });

  test('a Pod elsewhere is refused, and the message names the webhook and its address', async () => {
    const refusal = cluster.admit(clusterPod('elsewhere', image));
    await expect(refusal).rejects.toThrow('failed calling webhook "pods.image-detour.io"');
    await expect(refusal).rejects.toThrow(
      `https://image-detour.${product.namespace}.svc:443/mutate`,
    );
  });

  test('one command turns the webhook off, and the next upgrade turns it on again', async () => {
    await cluster.kubectl(['delete', 'mutatingwebhookconfiguration', product.name]);
    await until(
      'Pods are admitted',
      async () => !(await cluster.refuses(clusterPod('way-out', image))),
      5,
    );
    await isAtWork(fail);
  });
});

describe('failurePolicy Fail, and all replicas were deleted at once', () => {
  test('they come back by themselves', async () => {
    await isAtWork(fail);
    const pods = await product.readyPods(2);
    await product.kubectl('delete', 'pods', '--all', '--force', '--grace-period=0');
    const begun = performance.now();
    const back = await product.readyPods(2);
    await product.isAsked();
    console.log(`back after ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
    const names = back.map(({ metadata }) => metadata.name);
    expect(pods.filter(({ metadata }) => names.includes(metadata.name))).toEqual([]);
  });
});

describe('failurePolicy Ignore', () => {
  test.each([
    ['scaled to 0', () => product.scale(0)],
    ['gone, but for its configuration', removeAllButConfiguration],
  ])('the webhook is %s: 10 of 10 Pods are admitted as they were written', async (_how, remove) => {
    await isAtWork();
    await remove();
    for (const index of ten) {
      expect(imageOf(await cluster.admit(clusterPod(`ignored-${index}`, image)))).toBe(image);
    }
  });

  async function removeAllButConfiguration(): Promise<void> {
    await product.kubectl('delete', `deployment/${product.name}`, `service/${product.name}`);
    await product.readyPods(0);
  }
});

async function isAtWork(values?: Values): Promise<void> {
  // Before the upgrade: Helm takes back no number of replicas that somebody else has set. They are
  // ready only when the registration is back.
  await product.kubectl('scale', `deployment/${product.name}`, '--replicas=2');
  await product.upgrade(values);
  await product.isAsked();
}

/**
 * Accepted by the restricted Pod Security level, and wanted by no node: its creation is what
 * matters.
 */
function restrictedPod(namespace: string, name: string): Pod {
  const securityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      containers: [{ name: 'app', image, securityContext }],
      nodeSelector: { nowhere: 'true' },
    },
  };
}

function listOf(items: readonly object[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
