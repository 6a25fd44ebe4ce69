import { expect, inject, onTestFinished, test } from 'vitest';
import { Kubernetes } from '../rig/kubernetes.ts';
import { imageOf, podOf } from '../rig/kubernetes-object.ts';
import { markedImages } from '../support/marked-images.ts';
import { inParallel } from './rig/parallel.ts';
import { mutate, rulesOf } from './rig/policy.ts';

/* The mark of a compiled policy: the same table as for the webhook (src/admission/mark.test.ts). */

const server = inject('apiServer');
const kubernetes = new Kubernetes(server);

test('an image with a mark stays if it still is the marked one, however it is spelled', async () => {
  const rules = [{ from: '*', to: 'm.example/all/${registry}' }];
  onTestFinished(await mutate(server, rulesOf({ version: 1, rules })));
  const kept = await inParallel(markedImages, async ({ marked, image }) => {
    const annotations = { 'image-detour/direct': `c/app=${marked}` };
    const pod = podOf('marked', { containers: [{ name: 'app', image }] }, { annotations });
    const stored = await kubernetes.createPod('default', pod, { dryRun: true });
    const mark = stored.metadata.annotations?.['image-detour/direct'];
    return { image: imageOf(stored) === image, mark: mark === `c/app=${marked}` };
  });
  const expected = markedImages.map(({ isStill }) => ({ image: isStill, mark: isStill }));
  expect(kept).toEqual(expected);
});

test('of two entries for one place the first counts; what marks no place is taken off', async () => {
  const rules = [{ from: '*', to: 'm.example/all/${registry}' }];
  onTestFinished(await mutate(server, rulesOf({ version: 1, rules })));
  const annotations = {
    'image-detour/direct': 'nowhere c/app=busybox:1 c/app=busybox:2 c/gone=busybox',
  };
  const images = ['docker.io/library/busybox:1', 'busybox:2'];
  const stored = await inParallel(images, (image) => {
    const pod = podOf('marked', { containers: [{ name: 'app', image }] }, { annotations });
    return kubernetes.createPod('default', pod, { dryRun: true });
  });
  expect(stored.map(imageOf)).toEqual([images[0], 'm.example/all/docker.io/busybox:2']);
  const marks = stored.map(({ metadata }) => metadata.annotations?.['image-detour/direct']);
  expect(marks).toEqual(['c/app=busybox:1', undefined]);
});
