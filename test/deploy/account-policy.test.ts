import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { KubernetesApi } from '../../src/kubernetes/api.ts';
import { disowned } from '../../src/kubernetes/registration.ts';
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
const objects = render({ webhook: { failurePolicy: 'Fail', includeKubeSystem: true } });
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
  for (const object of created) kubectl(['apply', '-f', '-'], JSON.stringify(object));
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
  kubectl(['delete', '-f', '-'], created.map((object) => JSON.stringify(object)).join('\n'));
});

const allRights = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'account-policy-test' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ kind: 'ServiceAccount', name: 'image-detour', namespace: 'image-detour' }],
};

const ofAccount = objects.filter(({ kind }) => kind === 'ServiceAccount');
const created = [...ofAccount, registration, other, allRights, ...ofPolicy];

function apiWith(token: string): KubernetesApi {
  return new KubernetesApi(async () => ({ host, port: Number(port), ca: server.ca, token }));
}

/** Changes the registration as the account, and returns it as it is then. */
async function change(edit: (now: Rendered) => object, at = path): Promise<Rendered> {
  const { object } = await account.get<Rendered>(at);
  return (await account.update(at, edit(object) as Rendered)).object;
}

async function asAdmin(edit: (now: Rendered) => object): Promise<void> {
  await apiWith(server.token).update(path, edit(await kubernetes.get(path)) as Rendered);
}

const ofWebhook = (edit: object) => (now: Rendered) => ({
  ...now,
  webhooks: now.webhooks.map((one: object) => ({ ...one, ...edit })),
});
const ofFirst = (edit: object) => (now: Rendered) => ({
  ...now,
  webhooks: now.webhooks.map((one: object, index: number) =>
    index === 0 ? { ...one, ...edit } : one,
  ),
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

  test('failurePolicy to Fail, of the first webhook, where the annotation asks for it', async () => {
    const { webhooks } = await change(ofFirst({ failurePolicy: 'Fail' }));
    expect(webhooks.map((one: Rendered) => one.failurePolicy)).toEqual(['Fail', 'Ignore']);
    const down = ofFirst({ failurePolicy: 'Ignore' });
    await expect(change(down)).rejects.toThrow(/raise failurePolicy to Fail/);
    await asAdmin(down);
    await asAdmin(ofMetadata({ annotations: undefined }));
    const up = ofFirst({ failurePolicy: 'Fail' });
    await expect(change(up)).rejects.toThrow(/raise failurePolicy to Fail/);
    await asAdmin(ofMetadata({ annotations: registration.metadata.annotations }));
  });

  test('the owners of fields', async () => {
    await change(ofClient({ caBundle: btoa(server.ca) }));
    const { metadata } = await change((now) => disowned(now as never));
    expect(JSON.stringify(metadata)).not.toContain('"manager":"image-detour"');
  });

  test('nothing at all, too', async () => {
    await change((now) => now);
  });
});

const changes: Record<string, (now: Rendered) => object> = {
  url: ofClient({ url: 'https://attacker.example/mutate', service: undefined }),
  'service.name': ofClient({ service: { namespace: 'image-detour', name: 'x', path: '/mutate' } }),
  'service.path': ofClient({ service: { namespace: 'image-detour', name: 'image-detour' } }),
  name: ofFirst({ name: 'others.image-detour.io' }),
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
  'failurePolicy of the webhook for kube-system': ofWebhook({ failurePolicy: 'Fail' }),
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

describe('of its namespace', () => {
  const at = '/api/v1/namespaces/image-detour';
  const labelled = (labels: object) => (now: Rendered) =>
    ofMetadata({ labels: { ...now.metadata.labels, ...labels } })(now);

  test('it may set the label that exempts it', async () => {
    await unlabel();
    const { metadata } = await change(labelled({ 'image-detour': 'disabled' }), at);
    expect(metadata.labels['image-detour']).toBe('disabled');
  });

  test.each<[string, object]>([
    ['Pod security', { 'pod-security.kubernetes.io/enforce': 'privileged' }],
    ['another label', { mirror: 'on' }],
    ['another value', { 'image-detour': 'enabled' }],
    ['no label', { 'image-detour': undefined }],
  ])('it may not change its labels: %s', async (_, labels) => {
    const allowed = 'image-detour' in labels ? {} : { 'image-detour': 'disabled' };
    await expect(change(labelled(labels), at)).rejects.toThrow(/ValidatingAdmissionPolicy.*denied/);
    const both = labelled({
      ...labels,
      ...allowed,
    });
    await expect(change(both, at)).rejects.toThrow(/ValidatingAdmissionPolicy.*denied/);
  });

  test('it may not change annotations, or another namespace', async () => {
    const annotated = ofMetadata({ annotations: { a: 'b' } });
    await expect(change(annotated, at)).rejects.toThrow(/change nothing else/);
    const disabled = labelled({ 'image-detour': 'disabled' });
    await expect(change(disabled, '/api/v1/namespaces/team-a')).rejects.toThrow(/and no other/);
  });

  const unlabel = () => kubectlAsync('label', 'namespace', 'image-detour', 'image-detour-');
});

describe('others', () => {
  test.each(Object.keys(changes))('may change %s', async (name) => {
    const now = await kubernetes.get<Rendered>(path);
    const edit = changes[name] as (now: Rendered) => object;
    // A dry run passes through admission, too.
    await apiWith(server.token).update(`${path}?dryRun=All`, edit(now) as Rendered);
  });
});
