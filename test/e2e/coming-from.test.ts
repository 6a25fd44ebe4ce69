import { readFileSync } from 'node:fs';
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { kubectlAsync } from '../rig/kubectl.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import { defaultMirror, imageOf, podWith } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';
import { deploy } from '../rig/registration.ts';
import { imageMutating } from './rig/image-mutating.ts';
import { startPeerWebhook } from './rig/peer-webhook.ts';

const kubernetes = new Kubernetes(inject('apiServer'));
let namespace: string;
beforeAll(async () => {
  namespace = await kubernetes.createNamespace('coming-from');
});

const becomes = async (image: string) =>
  imageOf(await kubernetes.createPod(namespace, podWith(image), { dryRun: true }));

const images = [
  ['k8s.gcr.io/coredns:1.3.1', `${defaultMirror}/gcr/google_containers/coredns:1.3.1`],
  ['busybox', `${defaultMirror}/dockerhub/busybox`],
  ['direct.to/busybox:latest', 'busybox:latest'],
  ['localhost:5000/app:1', 'localhost:5000/app:1'],
] as const;

test('next to the webhook of container-mirror, images are rewritten twice', async () => {
  const stopTheirs = await startPeerWebhook(kubernetes, imageMutating);
  const { undeploy } = await deploy(kubernetes);
  onTestFinished(async () => {
    await stopTheirs();
    await undeploy();
  });
  const twice = `${defaultMirror}/dockerhub/busybox:latest`;
  await until(twice, async () => (await becomes('direct.to/busybox:latest')) === twice);
  const broken = `${defaultMirror}/dockerhub/localhost:5000/app:1`;
  expect(await becomes('localhost:5000/app:1')).toBe(broken);
});

test('in the order of the guide, they never are', async () => {
  onTestFinished(await startPeerWebhook(kubernetes, imageMutating));
  const guide = readFileSync('webhook/README.md', 'utf8');
  const [, deletion = ''] =
    /^kubectl (delete mutatingwebhookconfiguration image-mutating)\nkubectl apply -f image-detour\.json$/m.exec(
      guide,
    ) ?? [];
  expect(await kubectlAsync(...deletion.split(' '))).toContain('"image-mutating" deleted');
  const { undeploy } = await deploy(kubernetes);
  onTestFinished(undeploy);
  for (const [written, expected] of images) {
    await until(expected, async () => (await becomes(written)) === expected);
  }
  // What their webhook made of a Pod stays as it is.
  const [, [, mirrored]] = images;
  expect(await becomes(mirrored)).toBe(mirrored);
});
