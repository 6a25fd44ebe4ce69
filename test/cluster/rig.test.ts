import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { Cluster } from './rig/cluster.ts';
import { productPod } from './rig/cluster-objects.ts';

const cluster = new Cluster(inject('cluster'));

interface Condition {
  readonly type: string;
  readonly status: string;
}

test('the node is ready', async () => {
  const { status } = await cluster.get<{ status: { conditions: Condition[] } }>('node/node1');
  expect(status.conditions.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'True' });
});

test('helm reaches it', async () => {
  expect(await cluster.helm(['list', '--all-namespaces', '--output', 'json'])).toBe('[]\n');
});

describe("a Pod of the product's image, at the restricted Pod Security level", () => {
  const namespace = 'detour-alone';
  const inNamespace = ['--namespace', namespace];
  let pid: number;
  beforeAll(async () => {
    await cluster.createNamespace(namespace, 'restricted');
    await cluster.apply(productPod(cluster, { namespace, name: 'detour' }));
    await cluster.wait('pod/detour', 'condition=Ready', ...inNamespace);
    pid = await cluster.processOf(/^node \/app\/detour\.mjs serve/);
  });

  test('is ready after less than two seconds of processor time', async () => {
    const seconds = await cluster.processorTimeOf(pid);
    console.log(`ready after ${seconds} s of processor time`);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(2);
  });

  test('takes at most 80 MB when idle', async () => {
    // Idle is what it is when nothing has happened for a while.
    await sleep(3_000);
    const status = await cluster.inside(['cat', `/proc/${pid}/status`]);
    const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
    console.log(`idle RSS: ${(kilobytes / 1024).toFixed(1)} MiB`);
    expect(kilobytes * 1024).toBeLessThan(80e6);
  });

  test('runs as nobody, without any capability, on a root file system that it cannot write', async () => {
    const status = await cluster.inside(['cat', `/proc/${pid}/status`]);
    expect(status).toMatch(/^Uid:(\s+65532){4}$/m);
    expect(status).toMatch(/^CapEff:\s+0{16}$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(await cluster.inside(['cat', `/proc/${pid}/mounts`])).toMatch(
      /^overlay \/ overlay ro,/m,
    );
  });
});

test('a program of the node that is ended starts anew', async () => {
  await cluster.restartApiServer();
});
