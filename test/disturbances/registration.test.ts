import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { disturb, image, mirrored } from '../cluster/load/disturb.ts';
import type { LoadReport } from '../cluster/load/report.ts';
import { issueFor } from '../cluster/rig/brought-certificate.ts';
import { Cluster } from '../cluster/rig/cluster.ts';
import { clusterPod } from '../cluster/rig/cluster-objects.ts';
import { Product } from '../cluster/rig/product.ts';
import { imageOf } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';

const cluster = new Cluster(inject('cluster'));

/** The way back into force takes less than this, in milliseconds. */
const longest = 1_000;
const perSecond = 100;

describe.each(['Ignore', 'Fail'])('a registration with %s', (failurePolicy) => {
  const product = new Product(cluster, `kept-${failurePolicy.toLowerCase()}`, {
    webhook: { failurePolicy },
  });
  const registration = ['mutatingwebhookconfiguration', product.name];

  beforeAll(() => product.installOnly());
  afterAll(() => product.uninstall());

  test('is in force when helm install --wait returns', async () => {
    // A Pod that is ready gets calls when kube-proxy knows of it.
    const becomes = async () => imageOf(await cluster.admit(clusterPod('first', image)));
    await until('Pods are rewritten', async () => (await becomes()) === mirrored, 2);
    await product.hasPolicy(failurePolicy);
  });

  test('deleted: the metric is 0 within a second, the replicas stay ready', async () => {
    const pods = await product.readyPods(2);
    await cluster.kubectl(['delete', ...registration]);
    const begun = performance.now();
    for (const pod of pods) {
      await until('the metric shows it', async () => {
        return (await product.metric(pod, 'detour_registration_in_force')) === 0;
      });
    }
    // Both are asked by kubectl, which takes most of the time.
    const seconds = (performance.now() - begun) / 1_000;
    console.log(`the metric of both replicas was 0 after ${seconds.toFixed(2)} s`);
    const lines = await Promise.all(pods.map((pod) => product.logOf(pod)));
    for (const log of lines) expect(log.at(-1)).toMatchObject({ problem: 'missing' });
    await sleep(5_000);
    await product.readyPods(2);
  });

  test('installed again under load: it is in force within a second, and no Pod is refused', async () => {
    const how = () => product.upgrade();
    const what = `registered again, ${failurePolicy}`;
    const report = await disturb(cluster, product, { what, how, perSecond, freshEvery: 0 });
    expect(report.admissions.failed).toBe(0);
    await expectHealed(product, report);
    await product.hasPolicy(failurePolicy);
  });

  test.each([
    ['emptied', ''],
    ['edited by hand', issueFor(cluster, 'another').cert],
  ])('a caBundle that was %s under load is repaired within a second', async (how, bundle) => {
    const edit = () => product.setCaBundle(bundle);
    const what = `caBundle ${how}, ${failurePolicy}`;
    await expectHealed(
      product,
      await disturb(cluster, product, { what, how: edit, perSecond, freshEvery: 0 }),
    );
  });
});

/** Checks how long the caBundle was wrong the last time, as the replicas saw it, and what it cost. */
async function expectHealed(product: Product, { admissions }: LoadReport): Promise<void> {
  const [pod] = await product.readyPods(2);
  const log = await product.logOf(pod!);
  const begun = log.findLastIndex(({ problem }) => problem === 'ca-bundle');
  const ended = log.slice(begun).find(({ msg }) => msg === 'the registration is in force');
  const [from, to] = [Date.parse(log[begun]!.time), Date.parse(ended!.time)];
  const lost = admissions.lostAt.filter((at) => at >= from).length;
  console.log(`the caBundle was wrong for ${to - from} ms: ${lost} Pods lost`);
  expect(to - from).toBeLessThan(longest);
  expect(lost).toBeLessThan((perSecond * longest) / 1_000);
}
