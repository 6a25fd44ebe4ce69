import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type ApiError, Kubernetes } from '../rig/kubernetes.ts';
import { defaultMirror, imageOf, imagesOf, type Pod, podOf } from '../rig/kubernetes-object.ts';
import { type Deployment, deploy } from '../rig/registration.ts';

const kubernetes = new Kubernetes(inject('apiServer'));
let deployment: Deployment;
let namespace: string;
let withoutWebhook: Pod;

beforeAll(async () => {
  namespace = await kubernetes.createNamespace('fidelity');
  withoutWebhook = await kubernetes.createPod(namespace, podWithNewFields('plain'));
  deployment = await deploy(kubernetes, { edit: { failurePolicy: 'Fail' } });
});
afterAll(() => deployment?.undeploy());

/** Every field here is younger than many a typed client; one that decodes and diffs loses them. */
function podWithNewFields(name: string): Pod {
  return podOf(name, {
    automountServiceAccountToken: false, // the token's volume would get a random name
    hostnameOverride: 'named-otherwise', // 1.35
    hostUsers: false,
    restartPolicy: 'Never',
    resources: { requests: { cpu: '10m' }, limits: { cpu: '1' } }, // of the Pod: 1.34
    schedulingGates: [{ name: 'example.com/gate' }],
    securityContext: { seLinuxChangePolicy: 'Recursive', supplementalGroupsPolicy: 'Strict' },
    volumes: [
      { name: 'data', image: { reference: 'quay.io/p/data:1', pullPolicy: 'IfNotPresent' } },
      { name: 'env', emptyDir: {} },
    ],
    initContainers: [{ name: 'sidecar', image: 'quay.io/p/sidecar:1', restartPolicy: 'Always' }],
    containers: [
      {
        name: 'app',
        image: 'k8s.gcr.io/app:1',
        restartPolicy: 'Never',
        restartPolicyRules: [
          { action: 'Restart', exitCodes: { operator: 'In', values: [42] } }, // 1.35
          { action: 'RestartAllContainers', exitCodes: { operator: 'NotIn', values: [0, 1] } }, // 1.36
        ],
        resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
        env: [
          {
            name: 'FROM_FILE', // 1.35
            valueFrom: {
              fileKeyRef: { volumeName: 'env', path: 'a.env', key: 'K', optional: true },
            },
          },
          { name: 'HOSTILE', value: '__proto__ "\\\u0000<>&\u2028\u{1f600}'.replace('\u0000', '') },
        ],
        volumeMounts: [{ name: 'data', mountPath: '/data', readOnly: true, subPath: 'sub' }],
        lifecycle: { preStop: { sleep: { seconds: 1 } } },
      },
    ],
  });
}

test('new fields were stored at all without the webhook', () => {
  expect(withoutWebhook.spec).toMatchObject(podWithNewFields('plain').spec);
});

test('the stored Pod differs only in its images from one without the webhook', async () => {
  await kubernetes.createPod(namespace, podWithNewFields('detoured'));
  const { spec } = await kubernetes.getPod(namespace, 'detoured');
  const expected = JSON.stringify(withoutWebhook.spec)
    .replace('"k8s.gcr.io/app:1"', `"${defaultMirror}/gcr/google_containers/app:1"`)
    .replace('"quay.io/p/sidecar:1"', `"${defaultMirror}/quay/p/sidecar:1"`)
    .replace('"quay.io/p/data:1"', `"${defaultMirror}/quay/p/data:1"`);
  expect(spec).toEqual(JSON.parse(expected));
});

test('a server dry run gives the same Pod and stores nothing', async () => {
  const pod = podOf(
    'dry',
    {
      automountServiceAccountToken: false,
      containers: [
        { name: 'app', image: 'k8s.gcr.io/app:1' },
        { name: 'direct', image: 'direct.to/busybox' },
      ],
    },
    { annotations: { 'example.com/note': 'kept' } },
  );
  const dry = await kubernetes.createPod(namespace, pod, { dryRun: true });
  const missing = await kubernetes
    .getPod(namespace, 'dry')
    .catch((error: ApiError) => error.status);
  expect(missing).toBe(404);

  const stored = await kubernetes.createPod(namespace, pod);
  expect(dry.spec).toEqual(stored.spec);
  expect(dry.metadata.annotations).toEqual(stored.metadata.annotations);
  expect(imagesOf(stored)).toEqual({
    app: `${defaultMirror}/gcr/google_containers/app:1`,
    direct: 'busybox',
  });
  expect(stored.metadata.annotations).toEqual({
    'example.com/note': 'kept',
    'image-detour/direct': 'c/direct=busybox',
  });
});

test('a Pod of the largest size that etcd accepts is rewritten when created and when updated', async () => {
  // JSON escapes each `<` as six bytes: reviews of 8.4 and 16.8 MB.
  const env = [{ name: 'LARGE', value: '<'.repeat(1_400_000) }];
  const pod = podOf('large', { containers: [{ name: 'app', image: 'k8s.gcr.io/app:1', env }] });
  const created = await kubernetes.createPod(namespace, pod);
  expect(imageOf(created)).toBe(`${defaultMirror}/gcr/google_containers/app:1`);
  const updated = await kubernetes.patchPod(namespace, 'large', {
    spec: { containers: [{ name: 'app', image: 'k8s.gcr.io/app:2' }] },
  });
  expect(imageOf(updated)).toBe(`${defaultMirror}/gcr/google_containers/app:2`);
});
