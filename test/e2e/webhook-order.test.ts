import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { Kubernetes } from '../rig/kubernetes.ts';
import { defaultMirror, imageOf, type Pod, podWith } from '../rig/kubernetes-object.ts';
import { deploy } from '../rig/registration.ts';
import { startPeerWebhook } from './rig/peer-webhook.ts';

const kubernetes = new Kubernetes(inject('apiServer'));
const written = 'k8s.gcr.io/pause:3.1';
const mirrored = `${defaultMirror}/gcr/google_containers/pause:3.1`;
let namespace: string;

beforeAll(async () => {
  namespace = await kubernetes.createNamespace('order');
});

/** Registers us under a name, and returns the images that another webhook called `other` sees. */
async function seenByOther(name: string): Promise<string[]> {
  const { undeploy } = await deploy(kubernetes, { registration: ['--name', name] });
  onTestFinished(undeploy);
  const seen: string[] = [];
  const patch = (pod: Pod) => {
    if (pod.metadata.name === name) seen.push(String(imageOf(pod)));
    return [];
  };
  onTestFinished(await startPeerWebhook(kubernetes, { name: 'other', patch }));
  const pod = await kubernetes.createPod(namespace, podWith(written, name));
  expect(imageOf(pod)).toBe(mirrored);
  return seen;
}

test('a webhook whose name comes after ours sees the name in the mirror, and no other', async () => {
  expect(await seenByOther('image-detour')).toEqual([mirrored]);
});

test('a webhook whose name comes before ours sees the name as written, and then the one in the mirror', async () => {
  expect(await seenByOther('zz-image-detour')).toEqual([written, mirrored]);
});
