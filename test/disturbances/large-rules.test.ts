import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, inject, test } from 'vitest';
import { disturb, expectNoneLost, image } from '../cluster/load/disturb.ts';
import { Cluster } from '../cluster/rig/cluster.ts';
import { clusterPod } from '../cluster/rig/cluster-objects.ts';
import { Product } from '../cluster/rig/product.ts';
import { imageOf } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';

const cluster = new Cluster(inject('cluster'));
const product = new Product(cluster, 'large-rules', { webhook: { failurePolicy: 'Fail' } });

beforeAll(async () => {
  await product.install();
  return () => product.uninstall();
});

test('1 MB of rules is reloaded under load, and no admission is lost', {
  timeout: 600_000,
}, async () => {
  const rule = (n: number) => `  - from: quay.io/org/app-${n}\n    to: m.example/q/app-${n}\n`;
  const rules = Array.from({ length: 16_160 }, (_, n) => rule(n)).join('');
  const large = (to: string) =>
    `version: 1\nrules:\n  - from: k8s.gcr.io\n    to: ${to}/gcr\n${rules}`;
  const report = await disturb(cluster, product, {
    what: '1 MB of rules reloaded',
    // This test is about lost calls: fewer at once will do.
    perSecond: 50,
    how: async () => {
      for (const to of ['one.example', 'two.example']) {
        await product.editRules(large(to));
        await until('both replicas have read them', () => isOnly(`${to}/gcr/pause:3.1`), 150);
      }
    },
  });
  expectNoneLost(report);
  // Reading the rules keeps a processor busy, so some reviews are late on a machine with two.
  // test/built/large-rules.test.ts measures that none waits for it.
  expect(report.admissions.p50).toBeLessThan(1_000);
});

async function isOnly(wanted: string): Promise<boolean> {
  await sleep(1_000);
  // By each of the replicas.
  const images = await Promise.all(
    Array.from({ length: 6 }, async () => imageOf(await cluster.admit(clusterPod('probe', image)))),
  );
  return images.every((each) => each === wanted);
}
