import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { M } from '../e2e/rig/object.ts';
import { until } from '../e2e/rig/process.ts';
import { Cluster } from './rig/cluster.ts';
import { podOf, productPod, serviceOf } from './rig/object.ts';

const cluster = new Cluster(inject('cluster'));
const { mirror, origin, programs } = cluster.address;

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime: string;
}

interface PodStatus {
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: {
    readonly phase: string;
    readonly conditions: readonly Condition[];
    readonly containerStatuses: readonly {
      readonly state: { readonly running: { readonly startedAt: string } };
    }[];
  };
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

  test('is ready within two seconds of its start', async () => {
    const { status } = await cluster.get<PodStatus>('pod/detour', ...inNamespace);
    const ready = status.conditions.find(({ type }) => type === 'Ready');
    const started = status.containerStatuses[0]?.state.running.startedAt ?? '';
    const seconds = (Date.parse(ready?.lastTransitionTime ?? '') - Date.parse(started)) / 1000;
    console.log(`ready ${seconds} s after the start of the container`);
    expect(seconds).toBeLessThanOrEqual(2);
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

describe('a webhook behind a Service', () => {
  const namespace = 'image-detour';
  const service = { namespace, name: 'image-detour' };
  const coredns = 'k8s.gcr.io/coredns:1.3.1';
  const mirrored = `${M}/gcr/google_containers/coredns:1.3.1`;

  beforeAll(async () => {
    const standIn = { files: { '/coredns': join(programs, 'pause') }, command: ['/coredns'] };
    await cluster.pushFiles(`${mirror}/gcr/google_containers/coredns:1.3.1`, standIn);
    await cluster.pushFiles(`${origin}/coredns:1.3.1`, standIn);

    await cluster.createNamespace(namespace, 'restricted');
    const args = ['--tls-name', `${service.name}.${namespace}.svc`];
    await cluster.apply(productPod(cluster, { ...service, args }), serviceOf(service));
    await cluster.wait('pod/image-detour', 'condition=Ready', '--namespace', namespace);
    const proxy = `/api/v1/namespaces/${namespace}/pods/image-detour:8081/proxy`;
    await cluster.kubectl(['apply', '-f', '-'], {
      input: webhookConfiguration(
        service,
        await cluster.kubectl(['get', '--raw', `${proxy}/ca.crt`]),
      ),
    });
    await until('the webhook is asked', async () => {
      const probe = podOf('probe', 'direct.to/probe:1');
      return (await imageOfDryRun(probe)) === 'probe:1';
    });
    return () => cluster.kubectl(['delete', 'mutatingwebhookconfiguration', 'image-detour']);
  });

  test('a Pod runs an image that the node got from the mirror', async () => {
    const [atMirror, atOrigin] = [
      cluster.requestsFromNow('mirror'),
      cluster.requestsFromNow('origin'),
    ];
    await cluster.apply(podOf('mirrored', coredns));
    await cluster.wait('pod/mirrored', 'condition=Ready');

    const { spec, status } = await cluster.get<PodStatus>('pod/mirrored');
    expect(spec.containers[0]?.image).toBe(mirrored);
    expect(status.phase).toBe('Running');
    expect(atMirror()).toContainEqual(
      expect.objectContaining({
        path: `/v2/gcr/google_containers/coredns/manifests/1.3.1?ns=${M}`,
        status: 200,
        userAgent: expect.stringContaining('containerd/'),
      }),
    );
    expect(atOrigin()).toEqual([]);
  });

  test('with direct.to/ it runs one that the node got from the origin', async () => {
    const [atMirror, atOrigin] = [
      cluster.requestsFromNow('mirror'),
      cluster.requestsFromNow('origin'),
    ];
    await cluster.apply(podOf('direct', `direct.to/${coredns}`));
    await cluster.wait('pod/direct', 'condition=Ready');

    const { spec } = await cluster.get<PodStatus>('pod/direct');
    expect(spec.containers[0]?.image).toBe(coredns);
    expect(atOrigin()).toContainEqual(
      expect.objectContaining({ path: '/v2/coredns/manifests/1.3.1?ns=k8s.gcr.io', status: 200 }),
    );
    expect(atMirror()).toEqual([]);
  });
});

test('a program of the node that is ended starts anew', async () => {
  const apiServer = /^\S+\/kube-apiserver /;
  const before = await cluster.processOf(apiServer);
  await cluster.restart('kube-apiserver');
  await until(
    'another kube-apiserver is ready',
    async () => (await cluster.isReady()) && (await cluster.processOf(apiServer)) !== before,
    60,
  );
});

function webhookConfiguration(
  { namespace, name }: { namespace: string; name: string },
  certificate: string,
): string {
  const args = ['webhook', '--service', `${namespace}/${name}`, '--ca-bundle', '-'];
  return execFileSync(process.execPath, ['bin/detour.js', ...args], {
    input: certificate,
    encoding: 'utf8',
  });
}

async function imageOfDryRun(pod: object): Promise<string | undefined> {
  const answer = await cluster.kubectl(['create', '--dry-run=server', '-o', 'json', '-f', '-'], {
    input: JSON.stringify(pod),
  });
  return (JSON.parse(answer) as PodStatus).spec.containers[0]?.image;
}
