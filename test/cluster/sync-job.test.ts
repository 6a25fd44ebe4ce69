import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { until } from '../rig/process.ts';
import { Cluster } from './rig/cluster.ts';
import { clusterPod } from './rig/cluster-objects.ts';
import {
  detourInside,
  listed,
  openRegistriesForPods,
  pushSources,
  startable,
  writeRules,
} from './rig/sync-jobs.ts';

/* The mirror is filled by Pods: `detour sync --print-job` and `--job-status`. */

const cluster = new Cluster(inject('cluster'));
const { mirror, origin, productImage } = cluster.address;
const namespace = 'filling';
const names = Array.from({ length: 12 }, (_, at) => `r${at}`);
/** Two repositories with one image: their blobs may cross once for each shard. */
const all = [...names, 'twin'];
const shards = 3;
let rules: string;

beforeAll(async () => {
  await openRegistriesForPods(cluster);
  await pushSources(cluster, names);
  const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];
  const [from, to] = ['r0', 'twin'].map((name) => `docker://${origin}/fill/${name}:1`);
  await cluster.inside([
    'skopeo',
    '--insecure-policy',
    'copy',
    '--quiet',
    ...plain,
    `${from}`,
    `${to}`,
  ]);
  await cluster.createNamespace(namespace, 'restricted');
  rules = writeRules(cluster, 'filled');
  return () => cluster.kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

interface Shard {
  readonly shard: number;
  readonly state: string;
  readonly reason?: string;
  readonly tries: number;
  readonly pod?: string;
  readonly images?: number;
  readonly copied?: number;
}

interface Status {
  readonly code: number;
  readonly job: string;
  readonly state: string;
  readonly images: number;
  readonly copied: number;
  readonly present: number;
  readonly missing: number;
  readonly unknown: readonly number[];
  readonly shards: readonly Shard[];
  readonly failures: readonly { readonly image: string; readonly message: string }[];
}

async function apply(images: readonly string[], ...args: readonly string[]): Promise<void> {
  const options = ['--image', productImage, '--namespace', namespace, '--list', '-', ...args];
  const list = images.map(listed).join('\n');
  const command = ['--rules', rules, 'sync', '--print-job', ...options];
  const { code, output } = await detourInside(cluster, command, list);
  expect(code, output).toBe(0);
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: output });
  // Nothing of it changes if it is applied again.
  const again = await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: output });
  expect(again).toContain('serverside-applied');
}

async function statusOf(name: string): Promise<Status> {
  const args = ['sync', '--job-status', name, '--namespace', namespace, '--json'];
  const { code, output } = await detourInside(cluster, args);
  return { code, ...JSON.parse(output) };
}

/** Ends the process of a Pod as the kernel does that runs out of memory. */
async function kill(pod: string): Promise<void> {
  const path = '--output=jsonpath={.status.containerStatuses[0].containerID}';
  const id = await cluster.kubectl(['get', 'pod', pod, '--namespace', namespace, path]);
  const task = id.replace('containerd://', '');
  await cluster.inside([
    'ctr',
    '--namespace',
    'k8s.io',
    'tasks',
    'kill',
    '--signal',
    'SIGKILL',
    task,
  ]);
}

async function digestOf(image: string): Promise<string> {
  const format = ['--format', '{{.Digest}}', '--tls-verify=false'];
  return cluster.inside(['skopeo', 'inspect', ...format, `docker://${image}`]);
}

/** The manifests that the mirror took, by their repositories. */
function manifests(requests: ReturnType<typeof cluster.requests>): string[] {
  return requests.flatMap(({ method, path, status }) => {
    const [, name = ''] = /^\/v2\/filled\/([^/]+)\/manifests\/1$/.exec(path) ?? [];
    return method === 'PUT' && status === 201 && name !== '' ? [name] : [];
  });
}

describe('three shards, of which one is killed in the middle', () => {
  const requests = () => cluster.requests('mirror-for-pods');

  /** Returns the status, after a comparison with what the mirror has got. */
  async function trueStatus(): Promise<Status> {
    const status = await statusOf('detour-sync');
    const { copied, present, missing, images } = status;
    expect(copied).toBeLessThanOrEqual(manifests(requests()).length);
    expect(copied + present + missing).toBe(images);
    if (status.unknown.length === 0) expect(images).toBe(all.length);
    expect(status.code).toBe(status.state === 'complete' ? 0 : 3);
    return status;
  }

  test('fill the mirror, and the status is true at each moment', { timeout: 300_000 }, async () => {
    const started = await detourInside(cluster, [
      'sync',
      '--job-status',
      'detour-sync',
      '-n',
      namespace,
    ]);
    expect(started).toMatchObject({
      code: 2,
      output: expect.stringContaining('which has no Job of detour sync at all'),
    });
    await apply(all, '--shards', String(shards), '--max-rate', '200KiB');
    const { shard: killed, pod } = await until(
      'a shard has copied a part',
      async () => {
        const { shards: now } = await trueStatus();
        // It must not end before it is killed.
        return now.find(({ state, images = 0, copied = 0 }) => {
          return state === 'running' && copied > 0 && images - copied >= 2;
        });
      },
      90,
    );
    await kill(pod ?? '');
    const seen = new Set<string>();
    const last = await until(
      'the Job is complete',
      async () => {
        const status = await trueStatus();
        const { state, reason } = status.shards[killed] as Shard;
        seen.add(reason === undefined ? state : `${state}: ${reason}`);
        await sleep(500);
        return status.state === 'complete' && status;
      },
      240,
    );
    expect([...seen]).toEqual(
      expect.arrayContaining(['waiting: its Pod ended with exit code 137', 'running', 'done']),
    );
    expect(last).toMatchObject({
      code: 0,
      missing: 0,
      images: all.length,
      unknown: [],
      failures: [],
    });
    expect(last.shards[killed]).toMatchObject({ state: 'done', tries: 2 });
  });

  test('each image arrives with its digest, and is written once', async () => {
    for (const name of all)
      expect(await digestOf(`${mirror}/filled/${name}:1`)).toBe(
        await digestOf(`${origin}/fill/${name}:1`),
      );
    expect(manifests(requests()).toSorted()).toEqual(all.toSorted());
  });

  test('a blob crosses once for each shard that needs it', () => {
    const uploads = new Map<string, number>();
    for (const { method, path, status } of requests()) {
      const [, digest] = /^\/v2\/filled\/.*[?&]digest=(sha256[^&]+)/.exec(path) ?? [];
      if (digest === undefined || method === 'GET' || status !== 201) continue;
      uploads.set(digest, (uploads.get(digest) ?? 0) + 1);
    }
    // A layer and a configuration for each image.
    expect(uploads.size).toBe(2 * names.length);
    const counts = [...uploads.values()].toSorted();
    expect(counts.slice(0, -2).every((count) => count === 1)).toBe(true);
    expect(counts.every((count) => count <= 2)).toBe(true);
  });

  test('a Pod then starts from the mirror', async () => {
    await cluster.apply(clusterPod('from-filled', `${mirror}/filled/${startable}:1`));
    await cluster.wait('pod/from-filled', 'condition=Ready');
    await cluster.kubectl(['delete', 'pod/from-filled', '--now']);
  });
});

test('a CronJob runs, finds everything there, and its status is that of its newest Job', {
  timeout: 120_000,
}, async () => {
  await apply(all, '--schedule', '0 3 1 1 *', '--name', 'yearly', '--shards', '2');
  const before = await detourInside(cluster, ['sync', '--job-status', 'yearly', '-n', namespace]);
  expect(before).toMatchObject({ code: 2, output: expect.stringContaining('has no Job yet') });
  await cluster.kubectl([
    ...['create', 'job', 'yearly-now', '--from=cronjob/yearly', '--namespace', namespace],
  ]);
  await cluster.wait('job/yearly-now', 'condition=Complete', '--namespace', namespace);
  expect(await statusOf('yearly')).toMatchObject({
    ...{ code: 0, job: 'yearly-now', copied: 0, present: all.length },
    failures: [],
  });
  const { output } = await detourInside(cluster, [
    'sync',
    '--job-status',
    'yearly',
    '-n',
    namespace,
  ]);
  expect(output).toContain(`${all.length} images: 0 copied, ${all.length} present\n`);
});

test('what fails is reported with its reason', {
  timeout: 120_000,
}, async () => {
  await apply(['r1', 'gone'], '--name', 'partly');
  await until('it has failed once', async () => (await statusOf('partly')).shards[0]?.reason, 60);
  expect(await statusOf('partly')).toMatchObject({
    ...{ code: 3, state: 'running', images: 2, present: 1, missing: 1 },
    shards: [{ state: 'waiting', reason: 'its Pod ended with exit code 3' }],
    failures: [{ image: listed('gone'), message: expect.stringContaining('check the name') }],
  });
});

test('a Pod that is told to stop ends before its grace period does, and another goes on', {
  timeout: 180_000,
}, async () => {
  rules = writeRules(cluster, 'stopped');
  await apply(['r11'], '--name', 'stopped', '--max-rate', '20KiB');
  const shard = async () => (await statusOf('stopped')).shards[0];
  const isCopying = async () => {
    const now = await shard();
    return now?.state === 'running' && now.images === 1 && now;
  };
  const { pod = '' } = await until('it copies', isCopying, 60);
  const started = performance.now();
  await cluster.kubectl(['delete', 'pod', pod, '--namespace', namespace]);
  // After 30 seconds, the kubelet ends it with SIGKILL.
  expect(performance.now() - started).toBeLessThan(25_000);
  const next = await until('another Pod copies', isCopying, 90);
  expect(next.pod).not.toBe(pod);
});

test('a Job without its Pods says what is not known', async () => {
  const { job } = await statusOf('detour-sync');
  const pods = ['pods', '--selector', `job-name=${job}`, '--namespace', namespace];
  await cluster.kubectl(['delete', ...pods]);
  expect(await statusOf('detour-sync')).toMatchObject({ code: 0, unknown: [0, 1, 2], images: 0 });
  const { output } = await detourInside(cluster, ['sync', '--job-status', job, '-n', namespace]);
  expect(output).toContain('everything is there; its Pod is gone, and with it the counts');
});
