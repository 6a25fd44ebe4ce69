import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { defaultMirror, imageOf } from '../rig/kubernetes-object.ts';
import { Cluster } from './rig/cluster.ts';
import { clusterPod } from './rig/cluster-objects.ts';

const cluster = new Cluster(inject('cluster'));
const { folder, productImage } = cluster.address;
const coredns = 'k8s.gcr.io/coredns:1.3.1';
const mirrored = `${defaultMirror}/gcr/google_containers/coredns:1.3.1`;

/** install.yaml as a kustomization brings it into another namespace. */
let input: string;
beforeAll(async () => {
  const at = join(folder, 'platform');
  mkdirSync(at);
  const installFile = join(import.meta.dirname, '../../deploy/install.yaml');
  const text = readFileSync(installFile, 'utf8');
  writeFileSync(
    join(at, 'install.yaml'),
    text.replace(/^( +image: )image-detour:\S+$/m, `$1${productImage}`),
  );
  writeFileSync(join(at, 'kustomization.yaml'), 'namespace: platform\nresources: [install.yaml]\n');
  input = await cluster.kubectl(['kustomize', at]);
  await cluster.kubectl(['apply', '-f', '-'], { input });
});
afterAll(() => cluster.kubectl(['delete', '--ignore-not-found', '-f', '-'], { input }));

test('in another namespace, a Pod is rewritten as soon as the rollout has ended', async () => {
  const status = ['rollout', 'status', 'deployment/image-detour', '--timeout=90s'];
  await cluster.kubectl([...status, '--namespace', 'platform']);
  expect(imageOf(await cluster.admit(clusterPod('probe', coredns)))).toBe(mirrored);
});
