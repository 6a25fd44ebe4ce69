import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { Kubernetes } from '../rig/kubernetes.ts';
import { type Container, defaultMirror, imagesOf, podOf } from '../rig/kubernetes-object.ts';
import { deploy } from '../rig/registration.ts';
import { startSidecarInjector } from './rig/sidecar-injector.ts';

const kubernetes = new Kubernetes(inject('apiServer'));
let namespace: string;

beforeAll(async () => {
  namespace = await kubernetes.createNamespace('reinvocation');
});

async function deployWithInjector(sidecar: Container) {
  const { detour, undeploy } = await deploy(kubernetes, { edit: { failurePolicy: 'Fail' } });
  onTestFinished(undeploy);
  onTestFinished(await startSidecarInjector(kubernetes, sidecar));
  return detour;
}

test('a sidecar that a later webhook injects is mirrored, and nothing is rewritten twice', async () => {
  const detour = await deployWithInjector({ name: 'sidecar', image: 'quay.io/p/sidecar:1' });
  const pod = podOf('with-sidecar', {
    initContainers: [{ name: 'init', image: 'direct.to/quay.io/p/init:1' }],
    containers: [
      { name: 'app', image: 'k8s.gcr.io/app:1' },
      { name: 'hub', image: 'busybox' },
      { name: 'direct', image: 'direct.to/busybox:latest' },
      { name: 'twice', image: 'direct.to/direct.to/busybox:1' },
    ],
  });
  await kubernetes.createPod(namespace, pod);
  expect(imagesOf(await kubernetes.getPod(namespace, 'with-sidecar'))).toEqual({
    init: 'quay.io/p/init:1',
    app: `${defaultMirror}/gcr/google_containers/app:1`,
    hub: `${defaultMirror}/dockerhub/busybox`,
    direct: 'busybox:latest',
    twice: 'direct.to/busybox:1',
    sidecar: `${defaultMirror}/quay/p/sidecar:1`,
  });
  const rewritten = await detour.logsAbout('with-sidecar', 2);
  expect(rewritten.map(({ images }) => (images as unknown[]).length)).toEqual([5, 1]);
});

test('an injected sidecar with a bypass goes to its origin', async () => {
  await deployWithInjector({ name: 'sidecar', image: 'direct.to/quay.io/p/sidecar:1' });
  const pod = podOf('direct-sidecar', {
    containers: [{ name: 'direct', image: 'direct.to/busybox:latest' }],
  });
  await kubernetes.createPod(namespace, pod);
  expect(imagesOf(await kubernetes.getPod(namespace, 'direct-sidecar'))).toEqual({
    direct: 'busybox:latest',
    sidecar: 'quay.io/p/sidecar:1',
  });
});
