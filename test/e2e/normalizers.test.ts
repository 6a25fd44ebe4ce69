import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { defaultRulesText } from '../../src/rules/default.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import { defaultMirror, imagesOf, podOf } from '../rig/kubernetes-object.ts';
import { deploy } from '../rig/registration.ts';
import { normalizer, spellings } from './rig/normalizer.ts';
import { startPeerWebhook } from './rig/peer-webhook.ts';
import { mutate, rulesOf } from './rig/policy.ts';

/* Other webhooks spell images in their own way, and the API server asks ours again after them. */

const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
let namespace: string;

beforeAll(async () => {
  namespace = await kubernetes.createNamespace('normalizers');
});

/** The API server asks webhooks in the order of their configurations' names. */
const orders = {
  'before ours': ['a-normalizer'],
  'after ours': ['z-normalizer'],
  'before and after ours': ['a-normalizer', 'z-normalizer'],
} as const;

const origins = {
  hub: 'busybox',
  tagged: 'quay.io/p/app:1',
  long: 'docker.io/library/nginx:1.27',
  init: 'team/init',
  data: 'quay.io/p/data:1',
};
const written = (name: keyof typeof origins) => ({ name, image: `direct.to/${origins[name]}` });
const spec = {
  containers: [
    written('hub'),
    written('tagged'),
    written('long'),
    { name: 'mirrored', image: 'k8s.gcr.io/pause:3.1' },
  ],
  initContainers: [written('init')],
  volumes: [{ name: 'data', image: { reference: written('data').image } }],
};

const cases = Object.keys(spellings).flatMap((spelling) =>
  Object.keys(orders).map((order) => [spelling, order as keyof typeof orders] as const),
);

describe.each(cases)('a webhook that writes %s, %s', (spelling, order) => {
  test('leaves what was sent to its origin there, also in updates', async () => {
    const { undeploy } = await deploy(kubernetes, { edit: { failurePolicy: 'Fail' } });
    onTestFinished(undeploy);
    await expectOriginsKept(spelling, orders[order]);
  });
});

describe.each(Object.keys(spellings))('a webhook that writes %s, after the policy', (spelling) => {
  test('leaves what was sent to its origin there, also in updates', async () => {
    onTestFinished(await mutate(server, rulesOf(defaultRulesText)));
    await expectOriginsKept(spelling, orders['after ours']);
  });
});

let podCount = 0;

/** Creates a Pod with a bypass, and updates it, with normalizers of these names. */
async function expectOriginsKept(spelling: string, normalizers: readonly string[]): Promise<void> {
  const spell = spellings[spelling] as (image: string) => string;
  for (const name of normalizers)
    onTestFinished(await startPeerWebhook(kubernetes, normalizer(name, spell)));
  podCount += 1;
  const name = `pod-${podCount}`;
  const created = await kubernetes.createPod(namespace, podOf(name, spec));
  const direct = Object.entries(origins).map(([each, image]) => [each, spell(image)]);
  const images = {
    ...Object.fromEntries(direct),
    mirrored: spell(`${defaultMirror}/gcr/google_containers/pause:3.1`),
  };
  expect(imagesOf(created)).toEqual(images);
  const mark = created.metadata.annotations?.['image-detour/direct'] ?? '';
  expect(mark.split(' ').map((entry) => entry.replace(/=.*/, ''))).toEqual([
    'c/hub',
    'c/tagged',
    'c/long',
    'i/init',
    'v/data',
  ]);

  await kubernetes.patchPod(namespace, name, { metadata: { labels: { round: '2' } } });
  const shell = { name: 'shell', image: 'direct.to/busybox' };
  await kubernetes.addEphemeralContainer(namespace, name, shell);
  const updated = await kubernetes.getPod(namespace, name);
  expect(imagesOf(updated)).toEqual({ ...images, shell: spell('busybox') });
  expect(updated.metadata.annotations).toEqual(created.metadata.annotations);
}
