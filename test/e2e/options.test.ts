import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { writeScratch } from '../rig/files.ts';
import { kubectl, kubectlWarnings } from '../rig/kubectl.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import { imageOf, imagesOf, type Metadata, podOf, podWith } from '../rig/kubernetes-object.ts';
import { type Deployment, deploy } from '../rig/registration.ts';

const rules = `
version: 1
mirror: mirror.example
namespaces:
  exclude: [left-out-*]
skip:
  owners: [Cluster.postgresql.cnpg.io]
  labels: { 'example.com/operator': [one, '*'] }
  annotations: { 'example.com/raw': ['true', 'yes'] }
annotate: true
warn: true
rules:
  - from: quay.io
    to: \${mirror}/quay
`;

const kubernetes = new Kubernetes(inject('apiServer'));
let deployment: Deployment;
let namespace: string;

beforeAll(async () => {
  namespace = await kubernetes.createNamespace('options');
  deployment = await deploy(kubernetes, {
    rulesFile: writeScratch('detour.yaml', rules),
    edit: { failurePolicy: 'Fail' },
  });
});
afterAll(() => deployment?.undeploy());

test('the original images, and what they became, are kept in annotations, next to those of others', async () => {
  const pod = podOf(
    'annotated',
    {
      initContainers: [{ name: 'init', image: 'quay.io/p/init:1' }],
      containers: [
        { name: 'app', image: 'quay.io/p/app:1' },
        { name: 'other', image: 'gcr.io/p/other:1' },
      ],
      volumes: [{ name: 'app', image: { reference: 'quay.io/p/data:1' } }],
    },
    { annotations: { 'example.com/note': 'kept' } },
  );
  const { annotations = {} } = (await kubernetes.createPod(namespace, pod)).metadata;
  const {
    'image-detour/original-images': originals = '',
    'image-detour/rewritten-images': rewritten = '',
    ...others
  } = annotations;
  expect(others).toEqual({ 'example.com/note': 'kept' });
  expect(JSON.parse(originals)).toEqual({
    init: 'quay.io/p/init:1',
    app: 'quay.io/p/app:1',
    'volumes/app': 'quay.io/p/data:1',
  });
  expect(JSON.parse(rewritten)).toEqual({
    init: 'mirror.example/quay/p/init:1',
    app: 'mirror.example/quay/p/app:1',
    'volumes/app': 'mirror.example/quay/p/data:1',
  });
});

test('kubectl shows what was rewritten as a warning', () => {
  const run = ['run', 'warned', '-n', namespace, '--image=quay.io/p/app:1'];
  expect(kubectlWarnings(run)).toContain('mirror.example/quay/p/app:1');
  expect(kubectl(['get', 'pod', 'warned', '-n', namespace, '-o', 'name'])).toBe('pod/warned\n');
});

test('a namespace that the rules file leaves out is left alone', async () => {
  const leftOut = await kubernetes.createNamespace('left-out');
  const pod = await kubernetes.createPod(leftOut, podWith('quay.io/p/app:1'));
  expect(imageOf(pod)).toBe('quay.io/p/app:1');
});

const owner = { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', name: 'pg', uid: 'u-1' };

test.each<[string, Metadata]>([
  ['owner', { ownerReferences: [owner] }],
  ['label', { labels: { 'example.com/operator': 'any' } }],
  ['annotation', { annotations: { 'example.com/raw': 'yes', 'example.com/note': 'x' } }],
])('a Pod that is skipped by its %s is left alone', async (by, metadata) => {
  const spec = { containers: [{ name: 'app', image: 'quay.io/p/app:1' }] };
  const pod = await kubernetes.createPod(namespace, podOf(`skipped-by-${by}`, spec, metadata));
  expect(imageOf(pod)).toBe('quay.io/p/app:1');
});

test.each([
  ['true', { app: 'quay.io/p/app:1', other: 'quay.io/p/other:1' }],
  ['app', { app: 'quay.io/p/app:1', other: 'mirror.example/quay/p/other:1' }],
])('the annotation image-detour/bypass: "%s" keeps images', async (value, images) => {
  const containers = [
    { name: 'app', image: 'quay.io/p/app:1' },
    { name: 'other', image: 'quay.io/p/other:1' },
  ];
  const annotations = { 'image-detour/bypass': value };
  const pod = podOf(`bypass-${value}`, { containers }, { annotations });
  expect(imagesOf(await kubernetes.createPod(namespace, pod))).toEqual(images);
});

test('a Pod whose annotations have no room left is still admitted', async () => {
  const limit = 256 * 1024; // of all keys and values together
  const note = 'x'.repeat(limit - 'example.com/note'.length);
  const pod = podOf(
    'full',
    {
      containers: [
        { name: 'app', image: 'quay.io/p/app:1' },
        { name: 'direct', image: 'direct.to/quay.io/p/direct:1' },
      ],
    },
    { annotations: { 'example.com/note': note } },
  );
  await kubernetes.createPod('kube-system', pod, { dryRun: true }); // nobody minds it there
  const stored = await kubernetes.createPod(namespace, pod);
  expect(imageOf(stored)).toBe('mirror.example/quay/p/app:1');
});
