import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { disturb, expectNothingLost } from '../cluster/load/disturb.ts';
import { Cluster } from '../cluster/rig/cluster.ts';
import { Product } from '../cluster/rig/product.ts';
import { until } from '../rig/process.ts';

const cluster = new Cluster(inject('cluster'));
const replicas = 3;
const values = { webhook: { failurePolicy: 'Fail' }, replicas };
const product = new Product(cluster, 'restarted', values);
/** 10 for the figures that are published. */
const restarts = Number(process.env.CLUSTER_RESTARTS ?? 2);
/** In seconds, as the chart has it. */
const drain = 10;

beforeAll(async () => {
  await product.install();
  return () => product.uninstall();
});

test(
  `${restarts} rolling restarts of 3 replicas: nothing is lost, and every replica ends by itself`,
  async () => {
    const ends = watchEnds();
    const how = async () => {
      for (let count = 0; count < restarts; count++) await product.restart();
      await until('all old Pods have ended', () => ends().length === restarts * replicas, 60);
    };
    const what = `${restarts} rolling restarts of ${replicas} replicas`;
    const report = await disturb(cluster, product, { what, how });

    const seconds = ends().map((end) => end.seconds);
    console.log(`ended after ${seconds.join(', ')} s`);
    expectNothingLost(report);
    // One that was killed would have 137.
    expect(new Set(ends().map(({ exitCode }) => exitCode))).toEqual(new Set([0]));
    // Both times are given in whole seconds.
    expect(Math.max(...seconds)).toBeLessThanOrEqual(drain + 2);
    expect(Math.min(...seconds)).toBeGreaterThanOrEqual(drain - 1);
  },
  60_000 + restarts * 60_000,
);

interface End {
  readonly exitCode: number;
  /** From the moment in which it was told to end. */
  readonly seconds: number;
}

/** Follows the Pods, whose last state is only to be seen until they are gone. */
function watchEnds(): () => End[] {
  const fields = [
    '.metadata.name',
    '.metadata.deletionTimestamp',
    '.metadata.deletionGracePeriodSeconds',
    '.status.containerStatuses[0].state.terminated.exitCode',
    '.status.containerStatuses[0].state.terminated.finishedAt',
  ];
  const { programs, kubeconfig } = cluster.address;
  const watch = cluster.start('ends-of-pods', [
    `${programs}/kubectl`,
    '--kubeconfig',
    kubeconfig,
    '--namespace',
    product.namespace,
    'get',
    'pods',
    '--watch',
    '--selector',
    'app.kubernetes.io/component=webhook',
    '--output',
    `jsonpath=${fields.map((field) => `{${field}}`).join(',')}{"\\n"}`,
  ]);
  onTestFinished(() => void watch.signal('SIGKILL'));
  return () => {
    const firstTimes = new Map<string, number>();
    const ends = new Map<string, End>();
    for (const line of watch.lines()) {
      const [pod = '', deleted, grace, exitCode, finished = ''] = line.split(',');
      if (!deleted) continue;
      // The API server puts the grace period on top; when the kubelet is done with it, it deletes
      // the Pod without any.
      const time = Date.parse(deleted) / 1_000 - Number(grace);
      const first = firstTimes.get(pod) ?? time;
      firstTimes.set(pod, first);
      if (!exitCode) continue;
      ends.set(pod, { exitCode: Number(exitCode), seconds: Date.parse(finished) / 1_000 - first });
    }
    return [...ends.values()];
  };
}
