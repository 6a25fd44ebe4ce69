import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { disturb, expectNothingLost, mirrored } from '../cluster/load/disturb.ts';
import { Cluster } from '../cluster/rig/cluster.ts';
import { Product, type Values } from '../cluster/rig/product.ts';
import { until } from '../rig/process.ts';

const cluster = new Cluster(inject('cluster'));
const product = new Product(cluster, 'disturbed', { webhook: { failurePolicy: 'Fail' } });

/** With failurePolicy Fail, every call that is lost shows as an admission that failed. */
describe('under 200 admissions a second no admission fails, and none is un-rewritten', () => {
  beforeAll(async () => {
    await product.install();
    return () => product.uninstall();
  });

  test('rolling restart', async () => {
    const before = await namesOfPods(2);
    const how = () => product.restart();
    expectNothingLost(await disturb(cluster, product, { what: 'rolling restart', how }));
    expect((await namesOfPods(2)).filter((name) => before.includes(name))).toEqual([]);
  });

  test('upgrade by Helm', async () => {
    const before = await namesOfPods(2);
    const how = () => product.upgrade({ podAnnotations: { revision: 'next' } });
    expectNothingLost(await disturb(cluster, product, { what: 'upgrade by Helm', how }));
    expect((await namesOfPods(2)).filter((name) => before.includes(name))).toEqual([]);
  });

  test('rollback by Helm', async () => {
    const before = await namesOfPods(2);
    const how = () => product.rollback(1);
    expectNothingLost(await disturb(cluster, product, { what: 'rollback by Helm', how }));
    expect((await namesOfPods(2)).filter((name) => before.includes(name))).toEqual([]);
  });

  test('the rules are edited, and edited back', async () => {
    const how = async () => {
      await reloaded(() => product.upgrade(rulesTo('first.example')));
      await reloaded(() => product.upgrade());
    };
    const report = await disturb(cluster, product, { what: 'rules reload', how });
    expectNothingLost(report);
    const byFirst = report.admissions.images['first.example/gcr/google_containers/pause:3.1'] ?? 0;
    expect(byFirst).toBeGreaterThan(0);
    expect(report.admissions.images).toEqual({
      'first.example/gcr/google_containers/pause:3.1': byFirst,
      [mirrored]: report.admissions.sent - byFirst,
    });
  });

  test('scaled from 1 to 4 and back to 1', async () => {
    await product.scale(1);
    const how = async () => {
      await product.scale(4);
      await sleep(2_000);
      await product.scale(1);
    };
    expectNothingLost(await disturb(cluster, product, { what: 'scale 1 → 4 → 1', how }));
    await product.scale(2);
  });

  test('the API server is restarted', async () => {
    const how = () => cluster.restartApiServer();
    const report = await disturb(cluster, product, { what: 'API server restarted', how });
    expectNothingLost(report);
    expect(report.apiServerUnreachable).toBeGreaterThan(0);
  });
});

async function namesOfPods(count: number): Promise<string[]> {
  return (await product.readyPods(count)).map(({ metadata }) => metadata.name);
}

function rulesTo(mirror: string): Values {
  const to = `${mirror}/gcr/google_containers`;
  return { rules: { content: { version: 1, rules: [{ from: 'k8s.gcr.io', to }] } } };
}

/**
 * Returns when each replica has read an edit; the kubelet brings it into the Pods at its next look,
 * each 10 s.
 */
async function reloaded(edit: () => Promise<void>): Promise<void> {
  const pods = await product.readyPods(2);
  const reloads = () =>
    Promise.all(
      pods.map((pod) => product.metric(pod, 'detour_rules_reloads_total{result="success"}')),
    );
  const before = await reloads();
  await edit();
  await until(
    'all replicas have read the rules',
    async () => {
      await sleep(1_000);
      const now = await reloads();
      return now.every((count, index) => (count ?? 0) > (before[index] ?? 0));
    },
    45,
  );
}
