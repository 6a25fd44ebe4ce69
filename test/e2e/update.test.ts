import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Kubernetes } from '../rig/kubernetes.ts';
import { defaultMirror, imageOf, imagesOf, podOf, podWith } from '../rig/kubernetes-object.ts';
import { type Deployment, deploy } from '../rig/registration.ts';

const kubernetes = new Kubernetes(inject('apiServer'));

// Match conditions keep most updates away from the webhook; without them it has to be right by
// itself.
describe.each([
  ['with the match conditions', {}],
  ['without match conditions', { matchConditions: undefined }],
])('%s', (_, edit) => {
  let deployment: Deployment;
  let namespace: string;

  beforeAll(async () => {
    namespace = await kubernetes.createNamespace('update');
    await kubernetes.createPod(namespace, podWith('k8s.gcr.io/pause:3.1', 'older'));
    deployment = await deploy(kubernetes, { edit: { failurePolicy: 'Fail', ...edit } });
  });
  afterAll(() => deployment?.undeploy());

  test('ten updates of a bypassed Pod leave its images as they are', async () => {
    const pod = podOf('bypassed', {
      initContainers: [{ name: 'init', image: 'direct.to/quay.io/p/init:1' }],
      containers: [
        { name: 'app', image: 'direct.to/busybox:latest' },
        { name: 'other', image: 'direct.to/k8s.gcr.io/pause:3.1' },
      ],
      volumes: [{ name: 'data', image: { reference: 'direct.to/quay.io/p/data:1' } }],
    });
    const images = {
      init: 'quay.io/p/init:1',
      app: 'busybox:latest',
      other: 'k8s.gcr.io/pause:3.1',
      data: 'quay.io/p/data:1',
    };
    expect(imagesOf(await kubernetes.createPod(namespace, pod))).toEqual(images);

    const patch = (metadata: object) => kubernetes.patchPod(namespace, 'bypassed', { metadata });
    const debug = (name: string, image: string) =>
      kubernetes.addEphemeralContainer(namespace, 'bypassed', { name, image });
    const updates = [
      () => patch({ labels: { round: '1' } }),
      () => patch({ finalizers: ['example.com/hold'] }),
      () => patch({ annotations: { 'example.com/note': 'x' } }),
      () => debug('shell-1', 'direct.to/quay.io/p/shell:1'),
      () => patch({ labels: { round: '2' } }),
      () => patch({ annotations: { 'example.com/note': null } }),
      () => debug('shell-2', 'quay.io/p/shell:2'),
      () => patch({ finalizers: ['example.com/hold', 'example.com/hold-too'] }),
      () => patch({ annotations: { 'image-detour/direct': null } }), // even without the mark
      () => patch({ labels: { round: null } }),
    ];
    for (const update of updates) {
      await update();
      expect(imagesOf(await kubernetes.getPod(namespace, 'bypassed'))).toMatchObject(images);
    }
    expect(imagesOf(await kubernetes.getPod(namespace, 'bypassed'))).toEqual({
      ...images,
      'shell-1': 'quay.io/p/shell:1',
      'shell-2': `${defaultMirror}/quay/p/shell:2`,
    });
  });

  test('a Pod older than the webhook keeps its image when it is updated', async () => {
    await kubernetes.patchPod(namespace, 'older', { metadata: { labels: { touched: 'yes' } } });
    const shell = { name: 'shell', image: 'quay.io/p/shell:1' };
    await kubernetes.addEphemeralContainer(namespace, 'older', shell);
    const older = await kubernetes.getPod(namespace, 'older');
    expect(older.metadata.labels).toEqual({ touched: 'yes' });
    expect(imagesOf(older)).toEqual({
      app: 'k8s.gcr.io/pause:3.1',
      shell: `${defaultMirror}/quay/p/shell:1`,
    });
  });

  test('an image that an update changes is decided anew, the others are not', async () => {
    const pod = podOf('changed', {
      containers: [
        { name: 'app', image: 'direct.to/quay.io/p/app:1' },
        { name: 'other', image: 'direct.to/quay.io/p/other:1' },
      ],
    });
    await kubernetes.createPod(namespace, pod);
    const setImage = (image: string) =>
      kubernetes.patchPod(namespace, 'changed', { spec: { containers: [{ name: 'app', image }] } });
    expect(imagesOf(await setImage('quay.io/p/app:2'))).toEqual({
      app: `${defaultMirror}/quay/p/app:2`,
      other: 'quay.io/p/other:1',
    });
    expect(imagesOf(await setImage('direct.to/quay.io/p/app:3'))).toEqual({
      app: 'quay.io/p/app:3',
      other: 'quay.io/p/other:1',
    });
    expect(imageOf(await setImage('direct.to/quay.io/p/app:3'))).toBe('quay.io/p/app:3');
  });
});
