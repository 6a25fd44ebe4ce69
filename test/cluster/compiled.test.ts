import { execFileSync } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { defaultMirror, imageOf, type Pod } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';
import { Cluster } from './rig/cluster.ts';
import { clusterPod } from './rig/cluster-objects.ts';
import { openMirrorByName } from './rig/mirror-by-name.ts';

/* What `detour compile` prints is all that the cluster has of the rules here: no webhook. */

const cluster = new Cluster(inject('cluster'));
const { mirror, origin, folder, programs } = cluster.address;
const coredns = 'k8s.gcr.io/coredns:1.3.1';
const probe = clusterPod('probe', coredns);
const mirrored = `${defaultMirror}/gcr/google_containers/coredns:1.3.1`;

const detour = (...args: readonly string[]) =>
  execFileSync(process.execPath, ['bin/detour.js', ...args], { encoding: 'utf8' });

const standIn = { files: { '/coredns': join(programs, 'pause') }, command: ['/coredns'] };

beforeAll(async () => {
  await cluster.pushFiles(`${mirror}/gcr/google_containers/coredns:1.3.1`, standIn);
});

// Else the node has it from another test.
beforeEach(async () => {
  const remove = ['ctr', '--namespace', 'k8s.io', 'images', 'remove', '--sync'];
  await cluster.inside([...remove, coredns, mirrored]);
});

/** `kubectl run test`; gives the Pod when it runs, and deletes it. */
async function run(image: string, ...more: readonly string[]): Promise<Pod> {
  await cluster.kubectl(['run', 'test', `--image=${image}`, ...more]);
  try {
    await cluster.wait('pod/test', 'condition=Ready');
    return await cluster.get<Pod>('pod/test');
  } finally {
    await cluster.kubectl(['delete', 'pod/test', '--now']);
  }
}

describe('detour compile map | kubectl apply --server-side', () => {
  let input = '';
  beforeAll(async () => {
    input = detour('--rules', 'embedded', 'compile', 'map');
    await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input });
    await until('it is in force', async () => imageOf(await cluster.admit(probe)) === mirrored);
  });
  afterAll(async () => {
    await cluster.kubectl(['delete', '-f', '-'], { input });
    await until('it is no more', async () => imageOf(await cluster.admit(probe)) === coredns);
  });

  test('a Pod runs an image of the mirror under the mirror’s name', async () => {
    const atMirror = cluster.requestsFromNow('mirror');
    const atOrigin = cluster.requestsFromNow('origin');
    expect(imageOf(await run(coredns))).toBe(mirrored);
    const manifest = `/v2/gcr/google_containers/coredns/manifests/1.3.1?ns=${defaultMirror}`;
    expect(atMirror().map(({ path }) => path)).toContain(manifest);
    expect(atOrigin()).toEqual([]);
  });

  test('with imagePullPolicy: Never, a Pod runs the image that its node has under this name', async () => {
    await cluster.pushFiles(`${origin}/coredns:1.3.1`, standIn);
    expect(imageOf(await run(`direct.to/${coredns}`))).toBe(coredns);
    const atMirror = cluster.requestsFromNow('mirror');
    const atOrigin = cluster.requestsFromNow('origin');
    expect(imageOf(await run(coredns, '--image-pull-policy=Never'))).toBe(coredns);
    expect([...atMirror(), ...atOrigin()]).toEqual([]);
  });
});

describe('detour compile containerd --output', () => {
  const work = join(folder, 'containerd');
  const [hosts, rigHosts] = [join(work, 'certs.d'), join(work, 'certs.d-of-the-rig')];
  let closeMirror: () => Promise<void>;
  beforeAll(async () => {
    closeMirror = await openMirrorByName(cluster, defaultMirror);
    renameSync(hosts, rigHosts);
    detour('--rules', 'embedded', 'compile', 'containerd', '--lossy', '--output', work);
  });
  afterAll(async () => {
    rmSync(hosts, { recursive: true });
    renameSync(rigHosts, hosts);
    await closeMirror();
  });

  test('a Pod runs an image of the mirror under the origin’s name', async () => {
    const atMirror = cluster.requestsFromNow('mirror-by-name');
    const atOrigin = cluster.requestsFromNow('origin');
    expect(imageOf(await run(coredns))).toBe(coredns);
    const manifest = '/v2/gcr/google_containers/coredns/manifests/1.3.1?ns=k8s.gcr.io';
    expect(atMirror()).toContainEqual(expect.objectContaining({ path: manifest, status: 200 }));
    expect(atOrigin()).toEqual([]);
  });
});
