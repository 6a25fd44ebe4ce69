import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { buildWebhookConfiguration } from '../../src/admission/webhook-configuration.ts';
import { KubernetesApi } from '../../src/kubernetes/api.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { keepRegistration } from '../../src/server/following/registration-upkeep.ts';
import { sharedCertificate } from '../../src/server/following/shared-certificate.ts';
import { reviewPaths } from '../../src/server/webhook.ts';
import { Kubernetes, webhooksPath } from '../rig/kubernetes.ts';
import type { KubernetesObject } from '../rig/kubernetes-object.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
const { hostname: host, port } = new URL(server.url);
const api = new KubernetesApi(async () => ({
  host,
  port: Number(port),
  ca: server.ca,
  token: server.token,
}));
const day = 24 * 60 * 60 * 1000;
const path = `${webhooksPath}/open-registration`;
const text = 'version: 1\nexits: none\nrules: []\n';
const rules = { ruleSet: loadRules(text).ruleSet as RuleSet, text };

let running: TestServer;

beforeAll(async () => {
  const namespace = await kubernetes.createNamespace('open-registration');
  await kubernetes.create(`/api/v1/namespaces/${namespace}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'certificate' },
  });
  const configuration = buildWebhookConfiguration({
    name: 'open-registration',
    address: { service: { namespace, name: 'nobody', port: 443, path: '/mutate' } },
    caBundle: undefined,
    kubernetes: 36,
    failurePolicy: 'Ignore',
    timeoutSeconds: 1,
    excludedNamespaces: ['kube-system'],
  });
  await kubernetes.create(webhooksPath, configuration as KubernetesObject);
  const certificate = sharedCertificate({
    api,
    namespace,
    secret: 'certificate',
    configuration: 'open-registration',
    names: ['localhost', `nobody.${namespace}.svc`],
    lifetimes: { serving: 30 * day, authority: 365 * day, overlap: day },
  });
  const registration = keepRegistration({
    api,
    namespace,
    name: 'open-registration',
    exemption: ['image-detour', 'disabled'],
    hasPublicCa: false,
    paths: reviewPaths,
  });
  running = await startTestServer({ rules, certificate, registration });
});
afterAll(async () => {
  await running.stop(0);
  running.agent.destroy();
  await kubernetes.delete(path);
});

const linesAbout = (message: RegExp) =>
  running.lines.filter(({ msg }) => message.test(String(msg)));

test('the log warns once about a registration that opens an exit that the rules close, and reports when it no longer does', async () => {
  expect(linesAbout(/opens an exit that the rules close/)).toMatchObject([
    {
      configuration: 'open-registration',
      reasons: [expect.stringMatching(/^registration-label:/)],
    },
  ]);
  const { webhooks } = await kubernetes.get<KubernetesObject & { webhooks: object[] }>(path);
  await vi.waitFor(looksMoreThanOnce, { timeout: 30_000, interval: 500 });
  const closed = webhooks.map((webhook) => ({ ...webhook, objectSelector: undefined }));
  await kubernetes.patch(path, { webhooks: closed });
  await vi.waitFor(() => expect(linesAbout(/opens no exit/)).toHaveLength(1), {
    timeout: 30_000,
    interval: 500,
  });
  expect(linesAbout(/opens an exit that the rules close/)).toHaveLength(1);
});

async function looksMoreThanOnce(): Promise<void> {
  const { body } = await running.get('/metrics');
  const looks = /^detour_certificate_upkeep_total\{result="success"\} (\d+)/m.exec(body)?.[1];
  expect(Number(looks)).toBeGreaterThan(1);
}
