import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, inject, test } from 'vitest';
import { disturb } from '../cluster/load/disturb.ts';
import type { Second } from '../cluster/load/report.ts';
import { Cluster } from '../cluster/rig/cluster.ts';
import { Product } from '../cluster/rig/product.ts';
import { until } from '../rig/process.ts';

const cluster = new Cluster(inject('cluster'));
/** As the chart has it: two replicas, failurePolicy Ignore. */
const product = new Product(cluster, 'killed');

beforeAll(async () => {
  await product.install();
  return () => product.uninstall();
});

/**
 * What is in flight to it, and what is sent its way until it is no longer among the endpoints, is
 * lost to the webhook: the API server then admits the Pod as it was written. Nothing on this side
 * can be done about it.
 */
test('a replica of two is killed with SIGKILL: every Pod is admitted, and a few are not rewritten', async () => {
  const [victim, other] = await product.readyPods(2);
  const restarts = async () => {
    const pods = await product.readyPods(2);
    return pods.map(({ metadata, status }) => [
      metadata.name,
      status.containerStatuses[0]?.restartCount,
    ]);
  };
  const how = async () => {
    const pid = await product.processOf(victim!);
    await cluster.inside(['kill', '-KILL', String(pid)]);
    await sleep(3_000);
    await until('it was started anew', async () => (await restarts()).flat().includes(1));
  };
  const { admissions, fresh } = await disturb(cluster, product, { what: 'SIGKILL', how });

  expect(admissions.messages).toEqual({});
  expect(admissions.failed).toBe(0);
  const lost = secondsWithLoss(admissions.perSecond);
  console.log(`un-rewritten in seconds ${lost.join(', ')}: ${admissions.unRewritten} Pods`);
  expect(span(lost)).toBeLessThanOrEqual(endpointLag);
  expect(span(secondsWithLoss(fresh.perSecond))).toBeLessThanOrEqual(endpointLag);
  expect(admissions.unRewritten).toBeLessThan(200 * endpointLag);
  // It was that one, and it has come back by itself.
  expect(new Map((await restarts()) as [string, number][])).toEqual(
    new Map([
      [victim!.metadata.name, 1],
      [other!.metadata.name, 0],
    ]),
  );
});

/**
 * In seconds: the kubelet looks at its containers each second; then come the API server, the
 * endpoints and the node's rules.
 */
const endpointLag = 4;

function secondsWithLoss(seconds: readonly Second[]): number[] {
  return seconds.flatMap(({ failed, unRewritten }, index) =>
    failed + unRewritten > 0 ? [index] : [],
  );
}

/** From the first to the last, both included. */
function span(seconds: readonly number[]): number {
  return seconds.length === 0 ? 0 : seconds.at(-1)! - seconds[0]! + 1;
}
