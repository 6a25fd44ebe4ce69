import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { KubernetesApi } from '../../src/kubernetes/api.ts';
import { kubectl, kubectlAsync } from '../rig/kubectl.ts';
import { Kubernetes, webhooksPath } from '../rig/kubernetes.ts';
import { until } from '../rig/process.ts';
import { all, type Rendered, render } from './rig/chart.ts';
import { createNamespaces } from './rig/chart-namespaces.ts';

/**
 * The webhook's account at a real API server, with the policy of the chart, and with all rights on
 * registrations: what RBAC leaves open by mistake, the policy closes.
 */
const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
const { hostname: host, port } = new URL(server.url);
const path = `${webhooksPath}/image-detour`;
const objects = render();
const ofPolicy = objects.filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'));
const registration = all(objects, 'MutatingWebhookConfiguration')[0] as Rendered;
/** Nobody calls it here, and its name ends what could be called. */
const other = {
  ...registration,
  metadata: { ...registration.metadata, name: 'other' },
};

let account: KubernetesApi;

beforeAll(async () => {
  await createNamespaces(kubernetes);
  const ofAccount = objects.filter(({ kind }) => kind === 'ServiceAccount');
  for (const object of [...ofAccount, registration, other, allRights, ...ofPolicy])
    kubectl(['apply', '-f', '-'], JSON.stringify(object));
  const token = await kubectlAsync('create', 'token', 'image-detour', '-n', 'image-detour');
  account = apiWith(token);
  await until('the policy is in force', async () => {
    const now = await kubernetes.get<Rendered>(path);
    const changed = ofWebhook({ timeoutSeconds: 1 })(now) as Rendered;
    return account.update(`${path}?dryRun=All`, changed).then(
      () => false,
      ({ message }: Error) => /ValidatingAdmissionPolicy/.test(message),
    );
  });
});
afterAll(() => {
  for (const { kind, metadata } of [...ofPolicy, registration, other, allRights])
    kubectl(['delete', kind, metadata.name]);
});

const allRights = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'account-policy-test' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ kind: 'ServiceAccount', name: 'image-detour', namespace: 'image-detour' }],
};

function apiWith(token: string): KubernetesApi {
  return new KubernetesApi(async () => ({ host, port: Number(port), ca: server.ca, token }));
}

/** Changes the registration as the account, and returns it as it is then. */
async function change(edit: (now: Rendered) => object, at = path): Promise<Rendered> {
  const { object } = await account.get<Rendered>(at);
  return (await account.update(at, edit(object) as Rendered)).object;
}

const ofWebhook = (edit: object) => (now: Rendered) => ({
  ...now,
  webhooks: now.webhooks.map((one: object) => ({ ...one, ...edit })),
});
const ofClient = (edit: object) => (now: Rendered) => ({
  ...now,
  webhooks: now.webhooks.map((one: { clientConfig: object }) => ({
    ...one,
    clientConfig: { ...one.clientConfig, ...edit },
  })),
});
const ofMetadata = (edit: object) => (now: Rendered) => ({
  ...now,
  metadata: { ...now.metadata, ...edit },
});

describe('it may change', () => {
  test('caBundle, as it does for each new CA', async () => {
    const caBundle = btoa(server.ca);
    const { webhooks } = await change(ofClient({ caBundle }));
    expect(webhooks[0].clientConfig.caBundle).toBe(caBundle);
    await change(ofClient({ caBundle: undefined }));
  });

  test('failurePolicy', async () => {
    const { webhooks } = await change(ofWebhook({ failurePolicy: 'Fail' }));
    expect(webhooks[0].failurePolicy).toBe('Fail');
    await change(ofWebhook({ failurePolicy: 'Ignore' }));
  });

  test('nothing at all, too', async () => {
    await change((now) => now);
  });
});

const changes: Record<string, (now: Rendered) => object> = {
  url: ofClient({ url: 'https://attacker.example/mutate', service: undefined }),
  'service.name': ofClient({ service: { namespace: 'image-detour', name: 'x', path: '/mutate' } }),
  'service.path': ofClient({ service: { namespace: 'image-detour', name: 'image-detour' } }),
  name: ofWebhook({ name: 'others.image-detour.io' }),
  rules: ofWebhook({
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['secrets'] }],
  }),
  namespaceSelector: ofWebhook({ namespaceSelector: {} }),
  objectSelector: ofWebhook({ objectSelector: { matchLabels: { a: 'b' } } }),
  'objectSelector, taken away': ofWebhook({ objectSelector: undefined }),
  matchConditions: ofWebhook({ matchConditions: [{ name: 'never', expression: 'false' }] }),
  'matchConditions, taken away': ofWebhook({ matchConditions: undefined }),
  matchPolicy: ofWebhook({ matchPolicy: 'Exact' }),
  reinvocationPolicy: ofWebhook({ reinvocationPolicy: 'Never' }),
  sideEffects: ofWebhook({ sideEffects: 'NoneOnDryRun' }),
  timeoutSeconds: ofWebhook({ timeoutSeconds: 30 }),
  admissionReviewVersions: ofWebhook({ admissionReviewVersions: ['v1'] }),
  'one more webhook': (now) => ({
    ...now,
    webhooks: [...now.webhooks, { ...now.webhooks[0], name: 'more.image-detour.io' }],
  }),
  'one webhook less': (now) => ({ ...now, webhooks: [] }),
  labels: ofMetadata({ labels: {} }),
  annotations: ofMetadata({ annotations: { 'cert-manager.io/inject-ca-from': 'a/b' } }),
  finalizers: ofMetadata({ finalizers: ['attacker.example/stay'] }),
  ownerReferences: ofMetadata({
    ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'x' }],
  }),
};

describe('it may not change', () => {
  test.each(Object.keys(changes))('%s', async (name) => {
    const before = await kubernetes.get<Rendered>(path);
    const edit = changes[name] as (now: Rendered) => object;
    await expect(change(edit)).rejects.toThrow(/ValidatingAdmissionPolicy.*denied/);
    expect(await kubernetes.get<Rendered>(path)).toEqual(before);
  });

  test('another field together with the caBundle', async () => {
    const both = ofClient({
      caBundle: btoa(server.ca),
      url: 'https://x.example',
      service: undefined,
    });
    await expect(change(both)).rejects.toThrow(/ValidatingAdmissionPolicy.*denied/);
  });
});

describe('it may not', () => {
  test('update another registration', async () => {
    const at = `${webhooksPath}/other`;
    const edit = ofWebhook({ failurePolicy: 'Fail' });
    await expect(change(edit, at)).rejects.toThrow(/its own MutatingWebhookConfiguration/);
  });

  test('create one', async () => {
    const object = { ...other, metadata: { name: 'new' } };
    await expect(account.create(webhooksPath, object)).rejects.toThrow(
      /its own MutatingWebhookConfiguration/,
    );
  });

  test('delete its own', () => {
    const as = ['--as', 'system:serviceaccount:image-detour:image-detour'];
    expect(() =>
      kubectl(['delete', 'mutatingwebhookconfiguration', 'image-detour', ...as]),
    ).toThrow(/its own MutatingWebhookConfiguration/);
  });
});

describe('others', () => {
  test.each(Object.keys(changes))('may change %s', async (name) => {
    const now = await kubernetes.get<Rendered>(path);
    const edit = changes[name] as (now: Rendered) => object;
    // A dry run passes through admission, too.
    await apiWith(server.token).update(`${path}?dryRun=All`, edit(now) as Rendered);
  });
});
