import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { issueAuthority, issueCertificate, issueClientCertificate } from '../rig/certificate.ts';
import { scratchFolder } from '../rig/files.ts';
import { type ControlPlane, findPrograms, startControlPlane } from '../rig/kube-apiserver.ts';
import { kubectlAsync } from '../rig/kubectl.ts';
import { Kubernetes, webhooksPath } from '../rig/kubernetes.ts';
import { defaultMirror, imageOf, podWith } from '../rig/kubernetes-object.ts';
import { type Gateway, startGateway } from '../rig/lambda/gateway.ts';
import { type Lambda, startLambda } from '../rig/lambda/lambda.ts';
import { inlineCode, readTemplate } from '../rig/lambda/template.ts';
import { nodeOf } from '../rig/lambda/tools.ts';
import { until } from '../rig/process.ts';
import { changed, register, type WebhookConfiguration } from '../rig/registration.ts';
import { send } from '../support/test-server.ts';
import { admissionArgument } from './rig/admission-configuration.ts';

const token = '4a1b7d52-0c4e-4f2e-9d0f-2f6f3f1d7a11';
const scratch = scratchFolder('lambda');
const authority = issueAuthority(scratch, 'gateway-ca');
const serving = issueCertificate(scratch, 'gateway', authority);
let lambda: Lambda;

beforeAll(async () => {
  const folder = join(scratch, 'function');
  mkdirSync(folder);
  writeFileSync(join(folder, 'index.js'), inlineCode());
  lambda = await startLambda({ node: nodeOf('24'), folder });
});
afterAll(() => lambda.stop());

/** The stack's output, with the test's gateway instead of Amazon's. */
function webhookConfiguration(gateway: Gateway): WebhookConfiguration {
  const { Parameters, Outputs } = readTemplate('webhook/api-gateway.yaml');
  const [text, { ObjectSelector, Excluded }] = Outputs.WebhookConfiguration.Value;
  const [, optOut] = ObjectSelector;
  const [, , excluded] = Excluded;
  const filledIn = text
    .replace('${WebhookTimeoutSeconds}', Parameters.WebhookTimeoutSeconds.Default)
    .replace('${ObjectSelector}', optOut)
    .replace('${Excluded}', excluded);
  const configuration = JSON.parse(filledIn);
  const caBundle = Buffer.from(authority.cert).toString('base64');
  return changed(configuration, { clientConfig: { url: gateway.url, caBundle } });
}

/** Shows that the gateway sends the API server away, and that Pods are admitted as written. */
async function expectRefused(gateway: Gateway, url: string, refusal: string): Promise<void> {
  const kubernetes = new Kubernetes(inject('apiServer'));
  await kubernetes.create(webhooksPath, webhookConfiguration({ ...gateway, url }));
  try {
    await until(refusal, async () => {
      const pod = await kubernetes.createPod('default', podWith('quay.io/a:1'), { dryRun: true });
      expect(imageOf(pod)).toBe('quay.io/a:1');
      return gateway.refusals().includes(refusal);
    });
  } finally {
    await kubernetes.delete(`${webhooksPath}/image-detour`);
  }
}

const verification = [
  ['k8s.gcr.io/coredns:1.3.1', `${defaultMirror}/gcr/google_containers/coredns:1.3.1`],
  ['direct.to/busybox:latest', 'busybox:latest'],
  [
    'direct.to/gcr.io/google_containers/pause-amd64:3.0',
    'gcr.io/google_containers/pause-amd64:3.0',
  ],
] as const;

describe.each([
  ['a REST API', '1.0', '403 {"message":"Missing Authentication Token"}'],
  ['an HTTP API', '2.0', '404 {"message":"Not Found"}'],
] as const)('behind %s, the function that the template holds', (_, version, refusal) => {
  let gateway: Gateway;
  let unregister: () => Promise<void>;
  beforeAll(async () => {
    const tls = { cert: serving.cert, key: serving.key };
    gateway = await startGateway(lambda, { version, path: `/call/${token}`, tls });
    unregister = await register(new Kubernetes(inject('apiServer')), webhookConfiguration(gateway));
  });
  afterAll(async () => {
    await unregister();
    await gateway.stop();
  });

  test.each(verification)('sends %s to %s', async (image, expected) => {
    await kubectlAsync('run', 'test', `--image=${image}`);
    try {
      const path = 'jsonpath={.spec.containers[0].image}';
      expect(await kubectlAsync('get', 'pod', 'test', '-o', path)).toBe(expected);
    } finally {
      await kubectlAsync('delete', 'pod', 'test', '--force', '--grace-period=0');
    }
  });

  test('does not tell callers which rules it holds', async () => {
    const options = { method: 'POST', ca: authority.cert };
    const asked = send(request(gateway.url, options), '{"detour":"rules"}');
    expect((await asked).status).toBe(400);
  });

  test('is not reached without the token, and Pods are admitted as written', async () => {
    await unregister();
    await expectRefused(gateway, gateway.url.replace(token, ''), refusal);
    unregister = await register(new Kubernetes(inject('apiServer')), webhookConfiguration(gateway));
  });
});

describe('a gateway that asks for a certificate, as a custom domain with a trust store does', () => {
  const clients = issueAuthority(scratch, 'client-ca');
  const folder = join(scratch, 'api-server');
  let controlPlane: ControlPlane;
  let gateway: Gateway;

  beforeAll(async () => {
    const tls = {
      cert: serving.cert,
      key: serving.key,
      ca: clients.cert,
      requestCert: true,
      rejectUnauthorized: true,
    };
    gateway = await startGateway(lambda, { version: '1.0', path: `/call/${token}`, tls });
    const certificate = issueClientCertificate(scratch, 'kube-apiserver', clients);
    mkdirSync(folder);
    controlPlane = await startControlPlane(folder, findPrograms(), [
      admissionArgument(scratch, `127.0.0.1:${gateway.port}`, certificate),
    ]);
    await new Kubernetes(controlPlane.apiServer).createServiceAccount('default');
  });
  afterAll(async () => {
    await controlPlane.stop();
    await gateway.stop();
    rmSync(join(folder, 'etcd'), { recursive: true });
  });

  test('is answered to an API server that has one', async () => {
    const kubernetes = new Kubernetes(controlPlane.apiServer);
    const unregister = await register(kubernetes, webhookConfiguration(gateway));
    const pod = await kubernetes.createPod('default', podWith('quay.io/a:1'), { dryRun: true });
    expect(imageOf(pod)).toBe(`${defaultMirror}/quay/a:1`);
    await unregister();
  });

  test('is not answered to one that has none, whose Pods are admitted as written', async () => {
    await expectRefused(gateway, gateway.url, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
  });
});
