import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { writeScratch } from '../rig/files.ts';
import { kubectl } from '../rig/kubectl.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import {
  defaultMirror,
  imageOf,
  imagesOf,
  type Pod,
  podOf,
  podWith,
} from '../rig/kubernetes-object.ts';
import { type DeployOptions, deploy, runWebhookCommand } from '../rig/registration.ts';

const kubernetes = new Kubernetes(inject('apiServer'));
let namespace: string;

beforeAll(async () => {
  namespace = await kubernetes.createNamespace('registration');
});

async function deployForThisTest(options?: DeployOptions) {
  const deployment = await deploy(kubernetes, options);
  onTestFinished(deployment.undeploy);
  return deployment.detour;
}

test('a registration for v1beta1 reviews only works as well', async () => {
  await deployForThisTest({
    edit: { admissionReviewVersions: ['v1beta1'], failurePolicy: 'Fail' },
  });
  const pod = await kubernetes.createPod(namespace, podWith('k8s.gcr.io/pause:3.1', 'v1beta1'));
  expect(imageOf(pod)).toBe(`${defaultMirror}/gcr/google_containers/pause:3.1`);
});

test('Pods of kube-system are left alone', async () => {
  const detour = await deployForThisTest();
  const pod = await kubernetes.createPod('kube-system', podWith('k8s.gcr.io/pause:3.1'));
  expect(imageOf(pod)).toBe('k8s.gcr.io/pause:3.1');
  await kubernetes.createPod(namespace, podWith('k8s.gcr.io/pause:3.1', 'of-this-namespace'));
  await detour.logsAbout('of-this-namespace', 1);
  expect(detour.logs().filter((line) => line.namespace === 'kube-system')).toEqual([]);
});

test.each([
  ['a URL', ['--url', 'https://webhook.example/mutate']],
  ['a URL, for Kubernetes 1.16', ['--url', 'https://webhook.example/', '--kubernetes', '1.16']],
  ['a Service', ['--service', 'detour/webhook:8443/mutate', '--name', 'my-detour']],
])('kubectl applies what detour webhook prints for %s', (_, args) => {
  const apply = ['apply', '--dry-run=server', '--validate=strict', '--output=name', '--filename=-'];
  expect(kubectl(apply, runWebhookCommand(args))).toMatch(
    /^mutatingwebhookconfiguration.admissionregistration.k8s.io\/(image-detour|my-detour)\n$/,
  );
});

function staticPod(name: string): Pod {
  return podOf(
    name,
    { nodeName: 'node', containers: [{ name: 'app', image: 'k8s.gcr.io/pause:3.1' }] },
    { annotations: { 'kubernetes.io/config.mirror': 'checksum' } },
  );
}

test('a static Pod is left alone', async () => {
  await deployForThisTest();
  const pod = await kubernetes.createPod(namespace, staticPod('static'));
  expect(imageOf(pod)).toBe('k8s.gcr.io/pause:3.1');
});

test('a static Pod is left alone also where no match condition keeps it away', async () => {
  await deployForThisTest({ edit: { matchConditions: undefined } });
  const pod = await kubernetes.createPod(namespace, staticPod('static-without-conditions'));
  expect(imageOf(pod)).toBe('k8s.gcr.io/pause:3.1');
  const other = await kubernetes.createPod(namespace, podWith('k8s.gcr.io/pause:3.1', 'other'));
  expect(imageOf(other)).toBe(`${defaultMirror}/gcr/google_containers/pause:3.1`);
});

test('a deny rule rejects the Pod with its message, and only that Pod', async () => {
  const rules = `
version: 1
mirror: mirror.example
rules:
  - from: evil.example
    deny: ask the platform team before you use evil.example
  - from: quay.io
    to: \${mirror}/quay
`;
  await deployForThisTest({ rulesFile: writeScratch('detour.yaml', rules) });
  const bad = podOf('denied', {
    containers: [
      { name: 'good', image: 'quay.io/p/app:1' },
      { name: 'bad', image: 'evil.example/app:1' },
    ],
  });
  await expect(kubernetes.createPod(namespace, bad)).rejects.toThrow(
    'ask the platform team before you use evil.example',
  );
  const good = await kubernetes.createPod(namespace, podWith('quay.io/p/app:1', 'allowed'));
  expect(imageOf(good)).toBe('mirror.example/quay/p/app:1');
});

test('a Pod is admitted as written while the webhook is down', async () => {
  const detour = await deployForThisTest();
  await detour.process.stop('SIGKILL');
  const written = { app: 'k8s.gcr.io/pause:3.1', direct: 'direct.to/busybox' };
  const containers = Object.entries(written).map(([name, image]) => ({ name, image }));
  const pod = await kubernetes.createPod(namespace, podOf('while-down', { containers }));
  expect(imagesOf(pod)).toEqual(written);
});

test('a Pod is admitted as written within the timeout while the webhook hangs', async () => {
  const detour = await deployForThisTest();
  detour.process.signal('SIGSTOP');
  const begun = performance.now();
  const pod = await kubernetes.createPod(namespace, podWith('k8s.gcr.io/pause:3.1', 'while-hung'));
  expect(imageOf(pod)).toBe('k8s.gcr.io/pause:3.1');
  expect(performance.now() - begun).toBeLessThan(4_000);
  detour.process.signal('SIGCONT');
});
