import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { kubectl } from '../rig/kubectl.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import { defaultMirror, imageOf, imagesOf, podOf, podWith } from '../rig/kubernetes-object.ts';
import { type Deployment, deploy } from '../rig/registration.ts';

const printImages = '--output=jsonpath={.spec.containers[*].image}';

const kubernetes = new Kubernetes(inject('apiServer'));
let deployment: Deployment;
let namespace: string;

beforeAll(async () => {
  namespace = await kubernetes.createNamespace('images');
  deployment = await deploy(kubernetes);
});
afterAll(() => deployment?.undeploy());

test('kubectl run stores the image of the mirror', () => {
  kubectl(['run', 'test', '-n', namespace, '--image=k8s.gcr.io/coredns:1.3.1']);
  expect(kubectl(['get', 'pod', 'test', '-n', namespace, printImages])).toBe(
    '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn/gcr/google_containers/coredns:1.3.1',
  );
});

test('kubectl run stores the origin of an image behind direct.to', () => {
  kubectl([
    'run',
    'direct',
    '-n',
    namespace,
    '--image=direct.to/gcr.io/google_containers/pause-amd64:3.0',
  ]);
  expect(kubectl(['get', 'pod', 'direct', '-n', namespace, printImages])).toBe(
    'gcr.io/google_containers/pause-amd64:3.0',
  );
});

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('the worked examples', () => {
  test.each([
    ['k8s.gcr.io/coredns:1.3.1', `${defaultMirror}/gcr/google_containers/coredns:1.3.1`],
    ['gcr.io/google-containers/pause:3.1', `${defaultMirror}/gcr/google_containers/pause:3.1`],
    [`asia.gcr.io/p/app@${digest}`, `${defaultMirror}/gcr/p/app@${digest}`],
    [`asia.gcr.io/p/app:v1@${digest}`, `${defaultMirror}/gcr/p/app:v1@${digest}`],
    ['busybox', `${defaultMirror}/dockerhub/busybox`],
    ['docker.io/busybox:1.36', `${defaultMirror}/dockerhub/busybox:1.36`],
    ['library/busybox', `${defaultMirror}/dockerhub/library/busybox`],
    [
      'amazon/aws-node-termination-handler:v1.3.1',
      `${defaultMirror}/dockerhub/amazon/aws-node-termination-handler:v1.3.1`,
    ],
    ['quay.io/prometheus/node-exporter:v1', `${defaultMirror}/quay/prometheus/node-exporter:v1`],
    [
      '602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni:v1',
      `${defaultMirror}/amazonecr/amazon-k8s-cni:v1`,
    ],
    [
      'docker.elastic.co/elasticsearch/elasticsearch:7.6.2',
      'docker.elastic.co/elasticsearch/elasticsearch:7.6.2',
    ],
    ['localhost:5000/x', 'localhost:5000/x'],
    [`${defaultMirror}/dockerhub/busybox`, `${defaultMirror}/dockerhub/busybox`],
    ['direct.to/busybox:latest', 'busybox:latest'],
    [
      'direct.to/gcr.io/google_containers/pause-amd64:3.0',
      'gcr.io/google_containers/pause-amd64:3.0',
    ],
  ])('%s is stored as %s', async (written, stored) => {
    const { metadata } = await kubernetes.createPod(
      namespace,
      podOf('', { containers: [{ name: 'app', image: written }] }, { generateName: 'example-' }),
    );
    expect(imageOf(await kubernetes.getPod(namespace, metadata.name ?? ''))).toBe(stored);
  });
});

test('every kind of container and an image volume are rewritten', async () => {
  await kubernetes.createPod(
    namespace,
    podOf('kinds', {
      initContainers: [
        { name: 'init', image: 'quay.io/p/init:1' },
        { name: 'restartable', image: 'quay.io/p/restartable:1', restartPolicy: 'Always' },
        { name: 'direct-init', image: 'direct.to/quay.io/p/init:2' },
      ],
      containers: [
        { name: 'app', image: 'k8s.gcr.io/app:1' },
        { name: 'second', image: 'gcr.io/p/second:1' },
      ],
      volumes: [
        { name: 'data', image: { reference: 'quay.io/p/data:1' } },
        { name: 'direct-data', image: { reference: 'direct.to/quay.io/p/data:2' } },
        { name: 'scratch', emptyDir: {} },
      ],
    }),
  );
  expect(imagesOf(await kubernetes.getPod(namespace, 'kinds'))).toEqual({
    init: `${defaultMirror}/quay/p/init:1`,
    restartable: `${defaultMirror}/quay/p/restartable:1`,
    'direct-init': 'quay.io/p/init:2',
    app: `${defaultMirror}/gcr/google_containers/app:1`,
    second: `${defaultMirror}/gcr/p/second:1`,
    data: `${defaultMirror}/quay/p/data:1`,
    'direct-data': 'quay.io/p/data:2',
  });
});

test('ephemeral containers are rewritten through their subresource', async () => {
  const debugged = podWith('quay.io/p/app:1', 'debugged');
  await kubernetes.createPod(namespace, debugged);
  const add = (name: string, image: string) =>
    kubernetes.addEphemeralContainer(namespace, 'debugged', { name, image });
  await add('shell', 'quay.io/p/shell:1');
  await add('direct-shell', 'direct.to/quay.io/p/shell:2');
  await add('third', 'busybox');
  expect(imagesOf(await kubernetes.getPod(namespace, 'debugged'))).toEqual({
    app: `${defaultMirror}/quay/p/app:1`,
    shell: `${defaultMirror}/quay/p/shell:1`,
    'direct-shell': 'quay.io/p/shell:2',
    third: `${defaultMirror}/dockerhub/busybox`,
  });
});

test('an image next to an unparsable one is rewritten', async () => {
  const unparsable = ['Quay.IO/UPPER/case:1', 'quay.io/p/app:', 'quay.io//app', 'quay.io/p/äpp:1'];
  await kubernetes.createPod(
    namespace,
    podOf('unparsable', {
      containers: [
        ...unparsable.map((image, index) => ({ name: `bad-${index}`, image })),
        { name: 'good', image: 'quay.io/p/good:1' },
      ],
    }),
  );
  expect(Object.values(imagesOf(await kubernetes.getPod(namespace, 'unparsable')))).toEqual([
    ...unparsable,
    `${defaultMirror}/quay/p/good:1`,
  ]);
});

test('what was rewritten is logged with its place, its rule and the namespace', async () => {
  await kubernetes.createPod(namespace, podWith('k8s.gcr.io/logged:1', 'logged'));
  const [line] = await deployment.detour.logsAbout('logged', 1);
  expect(line).toMatchObject({
    level: 'info',
    msg: 'rewrote',
    namespace,
    operation: 'CREATE',
    images: [
      {
        at: 'c/app',
        from: 'k8s.gcr.io/logged:1',
        to: `${defaultMirror}/gcr/google_containers/logged:1`,
        rule: 'k8s.gcr.io',
      },
    ],
  });
});
