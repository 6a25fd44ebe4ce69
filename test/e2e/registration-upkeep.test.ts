import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { failurePolicyAnnotation } from '../../src/admission/webhook-configuration.ts';
import { issueSelfSigned } from '../../src/certificate/issue.ts';
import { KubernetesApi } from '../../src/kubernetes/api.ts';
import { expiryOf, fixedCertificate } from '../../src/server/following/certificate.ts';
import { keepRegistration } from '../../src/server/following/registration-upkeep.ts';
import { reviewPaths } from '../../src/server/webhook.ts';
import { kubectl, kubectlAsync } from '../rig/kubectl.ts';
import { Kubernetes, webhooksPath } from '../rig/kubernetes.ts';
import { imageOf, type KubernetesObject, podWith } from '../rig/kubernetes-object.ts';
import { freePort } from '../rig/process.ts';
import type { WebhookConfiguration } from '../rig/registration.ts';
import { replicaRegistration } from '../rig/replica.ts';
import { reviewBody } from '../support/admission-review.ts';
import { send, startTestServer, type TestServer } from '../support/test-server.ts';

/*
 * One replica with a certificate that it was brought, at a real API server that calls it by a URL,
 * with the rights that the chart gives.
 */
const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
const { hostname: host, port } = new URL(server.url);
const name = 'kept-registration';
const path = `${webhooksPath}/${name}`;
const soon = { timeout: 1_000, interval: 20 };
const eventually = { timeout: 20_000, interval: 100 };

let namespace: string;
let certificate: Awaited<ReturnType<typeof issueSelfSigned>>;
let listen: { host: string; port: number };
let health: string;
let starting: Promise<TestServer>;
let running: TestServer;

beforeAll(async () => {
  namespace = await kubernetes.createNamespace('keeper');
  allow(['get', 'update']);
  certificate = await issueSelfSigned(['127.0.0.1']);
});
const remove = () => kubernetes.delete(path).catch(() => undefined);
afterEach(remove);

/** Starts a replica, which waits until the registration is in force. */
async function start(): Promise<void> {
  const token = await kubectlAsync('create', 'token', 'default', '--namespace', namespace);
  const api = new KubernetesApi(async () => ({ host, port: Number(port), ca: server.ca, token }));
  listen = { host: '127.0.0.1', port: await freePort() };
  const healthListen = { host: '127.0.0.1', port: await freePort() };
  health = `http://127.0.0.1:${healthListen.port}`;
  starting = startTestServer({
    listen,
    healthListen,
    certificate: fixedCertificate({
      cert: certificate.certificate,
      key: certificate.privateKey,
      notAfter: expiryOf(certificate.certificate),
    }),
    registration: keepRegistration({
      api,
      name,
      namespace,
      exemption: ['image-detour', 'disabled'],
      hasPublicCa: false,
      paths: reviewPaths,
    }),
  });
  void starting.then((one) => {
    running = one;
  });
}

async function stop(): Promise<void> {
  register();
  await (await starting).stop(0);
  running.agent.destroy();
  await remove();
}

function registration(more: object = {}): WebhookConfiguration {
  return replicaRegistration({ name, port: listen.port, ca: certificate.caCertificate }, more);
}

const wantsFail = { annotations: { [failurePolicyAnnotation]: 'Fail' } };

/** Applies as `kubectl apply --server-side` and Helm 4 do: without force. */
function register(more: object = {}): void {
  const input = JSON.stringify(registration(more));
  kubectl(['apply', '--server-side', '-f', '-'], input);
}

async function change(edit: object): Promise<void> {
  const { webhooks } = await kubernetes.get<WebhookConfiguration>(path);
  await kubernetes.patch(path, { webhooks: webhooks.map((one) => ({ ...one, ...edit })) });
}

async function metric(line: string): Promise<number> {
  const text = await (await fetch(`${health}/metrics`)).text();
  const found = text.split('\n').find((one) => one.startsWith(`${line} `));
  return Number(found?.slice(line.length));
}

const expectMetric = (line: string, value: number, options = soon) =>
  vi.waitFor(async () => expect(await metric(line)).toBe(value), options);

async function policy(): Promise<unknown> {
  return (await kubernetes.get<WebhookConfiguration>(path)).webhooks[0]?.failurePolicy;
}

const expectPolicy = (wanted: string, options = soon) =>
  vi.waitFor(async () => expect(await policy()).toBe(wanted), options);

async function isAsked(): Promise<void> {
  const probe = podWith('direct.to/probe:1');
  await vi.waitFor(async () => {
    const answer = await kubernetes.createPod('default', probe, { dryRun: true });
    expect(imageOf(answer)).toBe('probe:1');
  }, eventually);
}

const ready = async () => {
  const answer = await fetch(`${health}/readyz`);
  return { status: answer.status, text: await answer.text() };
};

describe('whether the registration is in force', () => {
  beforeAll(start);
  afterAll(stop);

  test('a replica is not ready before it was, and says why', async () => {
    await vi.waitFor(
      async () => expect((await ready()).text).toMatch(/does not exist/),
      eventually,
    );
    expect((await ready()).status).toBe(503);
    expect(await metric('detour_registration_in_force')).toBe(0);
    register({ caBundle: server.ca });
    await vi.waitFor(async () => expect((await ready()).text).toMatch(/caBundle of/), soon);
    register();
    await starting;
    expect(await ready()).toEqual({ status: 200, text: 'ok\n' });
    await expectMetric('detour_registration_in_force', 1);
  });

  test('a deletion shows within a second; the replica stays ready, and sees the way back', async () => {
    register();
    await expectMetric('detour_registration_in_force', 1, eventually);
    await kubernetes.delete(path);
    await expectMetric('detour_registration_in_force', 0);
    expect(await metric('detour_registration_problem{problem="missing"}')).toBe(1);
    expect((await ready()).status).toBe(200);
    expect(running.lines.at(-1)).toMatchObject({ level: 40, problem: 'missing' });
    register();
    await expectMetric('detour_registration_in_force', 1);
    expect(await metric('detour_registration_problem{problem="missing"}')).toBe(0);
    expect(running.lines.at(-1)).toMatchObject({ msg: 'the registration is in force' });
  });

  test.each<[string, () => object]>([
    ['ca-bundle', () => ({ clientConfig: { url: url('/mutate'), caBundle: btoa(server.ca) } })],
    ['ca-bundle', () => ({ clientConfig: { url: url('/mutate') } })],
    ['address', () => ({ clientConfig: { ...ofUs(), url: 'https://elsewhere.example/mutate' } })],
    ['address', () => ({ clientConfig: { ...ofUs(), url: url('/other') } })],
    ['rules', () => ({ rules: [] })],
    ['no-webhook', () => ({ name: 'other.image-detour.io' })],
  ])('shows what is wrong: %s', async (problem, edit) => {
    register();
    await expectMetric('detour_registration_in_force', 1, eventually);
    await change(edit());
    await expectMetric(`detour_registration_problem{problem="${problem}"}`, 1);
    expect(await metric('detour_registration_in_force')).toBe(0);
  });

  const url = (at: string) => `https://127.0.0.1:${listen.port}${at}`;
  const ofUs = () => ({ caBundle: btoa(certificate.caCertificate) });
});

describe('Fail', () => {
  beforeAll(start);
  afterAll(stop);

  test('is set when an API server has sent a review, and not before', async () => {
    register(wantsFail);
    await starting;
    await expectMetric('detour_failure_policy_pending{reason="no-review"}', 1);
    // Not every review comes from an API server.
    const options = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const ca = certificate.caCertificate;
    const review = reviewBody({ operation: 'CREATE', object: podWith('direct.to/probe:1') });
    const outgoing = request(running.url, { ...options, ca });
    expect(await send(outgoing, review)).toMatchObject({ status: 200 });
    await sleep(500);
    expect(await policy()).toBe('Ignore');

    await isAsked();
    await expectPolicy('Fail');
    await expectMetric('detour_failure_policy_pending{reason="no-review"}', 0);
  });

  test('the namespace of the replicas is exempt by then', async () => {
    const { metadata } = await kubernetes.get<KubernetesObject>(`/api/v1/namespaces/${namespace}`);
    expect(metadata.labels).toMatchObject({ 'image-detour': 'disabled' });
  });

  test('is set again within a second whenever an installer applies its Ignore, without a conflict', async () => {
    for (let round = 0; round < 5; round++) {
      register(wantsFail);
      await expectPolicy('Fail');
      await vi.waitFor(
        async () => expect(await managers()).not.toContain('"manager":"image-detour"'),
        soon,
      );
    }
  });

  test('is not set if the installer no longer asks for it', async () => {
    register(wantsFail);
    await expectPolicy('Fail');
    await vi.waitFor(
      async () => expect(await managers()).not.toContain('"manager":"image-detour"'),
      soon,
    );
    register();
    await sleep(1_000);
    expect(await policy()).toBe('Ignore');
  });

  test('the webhook for kube-system alone keeps Ignore', async () => {
    register({ ...wantsFail, failurePolicy: 'Fail', excludedNamespaces: [] });
    await change({ failurePolicy: 'Ignore' });
    await expectPolicy('Fail');
    const { webhooks } = await kubernetes.get<WebhookConfiguration>(path);
    expect(webhooks.map(({ failurePolicy }) => failurePolicy)).toEqual(['Fail', 'Ignore']);
  });

  test('is not set while the namespace is not exempt; the log says what to do', async () => {
    allow(['get']);
    await kubectlAsync('label', 'namespace', namespace, 'image-detour-');
    register(wantsFail);
    await expectMetric('detour_failure_policy_pending{reason="namespace-label"}', 1, eventually);
    const command = `kubectl label --overwrite namespace ${namespace} image-detour=disabled`;
    expect(JSON.stringify(running.lines)).toContain(command);
    expect(await policy()).toBe('Ignore');
    await kubectlAsync(...command.split(' ').slice(1));
    await expectPolicy('Fail', eventually);
  });

  async function managers(): Promise<string> {
    return JSON.stringify((await kubernetes.get(path)).metadata);
  }
});

/** The rights that the chart gives, on the namespace these. */
function allow(onNamespace: readonly string[]): void {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace }];
  const role = (kind: string, metadata: object, rule: object) => [
    { apiVersion, kind, metadata, rules: [rule] },
    {
      apiVersion,
      kind: `${kind}Binding`,
      metadata,
      subjects,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
    },
  ];
  const items = [
    ...role(
      'ClusterRole',
      { name },
      {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['mutatingwebhookconfigurations'],
        resourceNames: [name],
        verbs: ['get', 'list', 'watch', 'update'],
      },
    ),
    ...role(
      'Role',
      { name, namespace },
      {
        apiGroups: [''],
        resources: ['namespaces'],
        resourceNames: [namespace],
        verbs: onNamespace,
      },
    ),
  ];
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  kubectl(['apply', '-f', '-'], list);
}
