import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { KubernetesApi } from '../../src/kubernetes/api.ts';
import { kubectl, kubectlAsync } from '../rig/kubectl.ts';
import { Kubernetes, webhooksPath } from '../rig/kubernetes.ts';
import { until } from '../rig/process.ts';
import { one, podOf, type Rendered } from './rig/chart.ts';
import { installFile } from './rig/chart-namespaces.ts';

/*
 * install.yaml with the kustomization of install.md, in another namespace, at a real API server.
 */
const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
const page = readFileSync('docs/install.md', 'utf8');
const [, documented = ''] = /^```yaml\n(resources: \[install.yaml\]\n.*?)^```/ms.exec(page) ?? [];
const folder = mkdtempSync(join(tmpdir(), 'detour-kustomize-'));
const rules = 'version: 1\nrules:\n  - from: docker.io\n    to: mirror.example/hub\n';

function kustomization(name: string, more: string): string {
  const at = join(folder, name);
  mkdirSync(at);
  writeFileSync(join(at, 'install.yaml'), readFileSync(installFile));
  writeFileSync(join(at, 'detour.yaml'), rules);
  writeFileSync(join(at, 'kustomization.yaml'), more + documented);
  return at;
}

const platform = kustomization('platform', 'namespace: platform\n');
const objects = parseAllDocuments(kubectl(['kustomize', platform])).map(
  (document) => document.toJS() as Rendered,
);
const registration = one(objects, 'MutatingWebhookConfiguration');

beforeAll(() => void kubectl(['apply', '-k', platform]));
afterAll(() => rmSync(folder, { recursive: true }));

test('the certificate is for the name by which the API server calls the webhook', () => {
  const [{ args, env }] = podOf(objects).containers;
  // As the kubelet does.
  const field = { fieldRef: { fieldPath: 'metadata.namespace' } };
  expect(env).toContainEqual({ name: 'POD_NAMESPACE', valueFrom: expect.objectContaining(field) });
  const names = args.join(' ').replaceAll('$(POD_NAMESPACE)', 'platform');
  const { service } = registration.webhooks[0].clientConfig;
  expect(service).toMatchObject({ namespace: 'platform', name: 'image-detour' });
  expect(names).toContain(`--tls-name=${service.name}.${service.namespace}.svc `);
});

test('the namespace has the label that keeps its Pods from the webhook', async () => {
  const { metadata } = await kubernetes.get<Rendered>('/api/v1/namespaces/platform');
  expect(metadata.labels['image-detour']).toBe('disabled');
});

test('the rules are those of the kustomization', () => {
  const { data } = one(
    objects.filter(({ metadata }) => metadata.name === 'image-detour-rules'),
    'ConfigMap',
  );
  expect(data['detour.yaml']).toBe(rules);
});

describe('the account of the webhook', () => {
  const as = ['--as', 'system:serviceaccount:platform:image-detour'];
  const look = (namespace: string) => kubectl(['get', 'namespace', namespace, '-o', 'name', ...as]);

  test('may see its own namespace, and no other', () => {
    expect(look('platform')).toBe('namespace/platform\n');
    expect(() => look('default')).toThrow(/forbidden/);
  });

  test('may write the caBundle, and the policy refuses all else', async () => {
    const token = await kubectlAsync('create', 'token', 'image-detour', '-n', 'platform');
    const { hostname: host, port } = new URL(server.url);
    const api = new KubernetesApi(async () => ({ host, port: Number(port), ca: server.ca, token }));
    const path = `${webhooksPath}/image-detour`;
    const change = async (edit: (webhook: Rendered) => object, parameters = '') => {
      const { object } = await api.get<Rendered>(path);
      await api.update(`${path}${parameters}`, {
        ...object,
        webhooks: object.webhooks.map(edit),
      } as Rendered);
    };
    await until('the policy is in force', () =>
      change((webhook) => ({ ...webhook, timeoutSeconds: 1 }), '?dryRun=All').then(
        () => false,
        ({ message }: Error) => /and nothing else/.test(message),
      ),
    );
    await change((webhook) => ({
      ...webhook,
      clientConfig: { ...webhook.clientConfig, caBundle: btoa(server.ca) },
    }));
  });
});

test('the commands of install.md remove it', () => {
  const uninstall =
    /^kubectl delete mutatingwebhookconfiguration image-detour\n(kubectl delete -k .*)$/m;
  const [, command = ''] = uninstall.exec(page) ?? [];
  kubectl(['delete', 'mutatingwebhookconfiguration', 'image-detour']);
  const args = command.split(' ').slice(1);
  // No controller empties the namespace here.
  kubectl([...args.map((arg) => (arg === '.' ? platform : arg)), '--wait=false']);
  const kinds = 'all,configmaps,secrets,clusterroles,validatingadmissionpolicies';
  const ours = ['--selector', 'app.kubernetes.io/instance=image-detour'];
  expect(kubectl(['get', kinds, '--all-namespaces', ...ours, '-o', 'name'])).toBe('');
});
