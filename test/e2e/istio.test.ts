import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { writeScratch } from '../rig/files.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import { imagesOf, podOf } from '../rig/kubernetes-object.ts';
import { deploy } from '../rig/registration.ts';
import { gatewayPod, startIstioInjector } from './rig/istio-injector.ts';
import { mutate, rulesOf } from './rig/policy.ts';

/*
 * Istio's own injector, with the templates of an installation. It puts its image in place of `auto`,
 * which it compares by the letter.
 */

const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
let namespace: string;

beforeAll(async () => {
  namespace = await kubernetes.createNamespace('istio');
});

const rules = [
  { from: 'docker.io', to: 'm.example/hub' },
  { from: 'registry.istio.io', to: 'm.example/istio' },
  { from: '*', deny: 'not mirrored' },
];
const inMirror = 'm.example/istio/testing/proxyv2:latest';

async function deployWith(file: object): Promise<void> {
  const rulesFile = writeScratch('rules.yaml', JSON.stringify({ version: 1, ...file }));
  const { undeploy } = await deploy(kubernetes, { rulesFile });
  onTestFinished(undeploy);
  onTestFinished(await startIstioInjector(kubernetes));
}

async function created(name: string, pod = gatewayPod(name)) {
  await kubernetes.createPod(namespace, pod);
  return imagesOf(await kubernetes.getPod(namespace, name));
}

describe('a gateway of Istio, whose image is auto', () => {
  test('gets Istio’s image from the mirror', async () => {
    await deployWith({ rules });
    expect(await created('gateway')).toEqual({ 'istio-proxy': inMirror });
  });

  test('never starts if the rules close the exit placeholder: Istio does not know its image', async () => {
    await deployWith({ rules, exits: ['bypass'] });
    expect(await created('closed')).toEqual({ 'istio-proxy': 'm.example/hub/auto' });
  });

  test('gets it from the mirror by the compiled policy, too', async () => {
    onTestFinished(await mutate(server, rulesOf({ version: 1, rules })));
    onTestFinished(await startIstioInjector(kubernetes));
    expect(await created('by-policy')).toEqual({ 'istio-proxy': inMirror });
  });
});

test('a sidecar of Istio comes from the mirror, and the Pod’s own images as well', async () => {
  await deployWith({ rules });
  const pod = podOf(
    'with-sidecar',
    {
      initContainers: [{ name: 'setup', image: 'direct.to/busybox:1' }],
      containers: [
        { name: 'app', image: 'nginx:1.27' },
        // A sidecar that its user customizes.
        { name: 'istio-proxy', image: 'auto' },
      ],
    },
    { labels: { 'sidecar.istio.io/inject': 'true' } },
  );
  const {
    setup,
    app,
    'istio-proxy': proxy,
    'istio-init': init,
  } = await created('with-sidecar', pod);
  expect({ setup, app }).toEqual({ setup: 'busybox:1', app: 'm.example/hub/nginx:1.27' });
  expect([proxy, init]).toEqual([inMirror, inMirror]);
});
