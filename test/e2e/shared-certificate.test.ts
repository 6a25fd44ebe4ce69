import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Lifetimes, SharedCertificate } from '../../src/certificate/rotation.ts';
import { KubernetesApi } from '../../src/kubernetes/api.ts';
import {
  type UpkeepOptions,
  updateSharedCertificate,
} from '../../src/kubernetes/shared-certificate.ts';
import { kubectlAsync } from '../rig/kubectl.ts';
import { Kubernetes, webhooksPath } from '../rig/kubernetes.ts';
import type { KubernetesObject } from '../rig/kubernetes-object.ts';

const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
const { hostname: host, port } = new URL(server.url);
const name = 'kept-certificate';
const day = 24 * 60 * 60 * 1000;
const long: Lifetimes = { serving: 30 * day, authority: 365 * day, overlap: day };

let namespace: string;
let api: KubernetesApi;
let events: string[];
const paths = {
  secret: () => `/api/v1/namespaces/${namespace}/secrets/${name}`,
  configuration: `${webhooksPath}/${name}`,
};

beforeAll(async () => {
  namespace = await kubernetes.createNamespace('keeper');
  await create(`/api/v1/namespaces/${namespace}/secrets`, { kind: 'Secret', type: 'Opaque' });
  await create(webhooksPath, configuration(namespace));
  await allow();
  const token = await kubectlAsync('create', 'token', 'default', '--namespace', namespace);
  api = new KubernetesApi(async () => ({ host, port: Number(port), ca: server.ca, token }));
});
afterAll(() => kubernetes.delete(paths.configuration));

function keep(more: Partial<UpkeepOptions> = {}): Promise<SharedCertificate> {
  events = [];
  const on = {
    rotated: (step: string) => events.push(`rotated: ${step}`),
    repaired: () => events.push('repaired'),
  } as UpkeepOptions['on'];
  return updateSharedCertificate({
    api,
    namespace,
    secret: name,
    configuration: name,
    lifetimes: long,
    on,
    names: [`detour.${namespace}.svc`],
    ...more,
  });
}

async function caBundles(): Promise<(string | undefined)[]> {
  const { webhooks } = await kubernetes.get<Configuration>(paths.configuration);
  return webhooks.map(({ clientConfig: { caBundle } }) =>
    caBundle === undefined ? undefined : Buffer.from(caBundle, 'base64').toString(),
  );
}

describe('with get and update of one Secret and one configuration', () => {
  test('replicas that start at the same time agree on one certificate', async () => {
    const kept = await Promise.all(Array.from({ length: 6 }, () => keep()));
    expect(new Set(kept.map(({ certificate }) => certificate)).size).toBe(1);
    expect(await caBundles()).toEqual([kept[0]?.caBundle, undefined]);
  });

  test('nothing is written where nothing has changed', async () => {
    const before = await kubernetes.get(paths.secret());
    await keep();
    expect(events).toEqual([]);
    expect(await kubernetes.get(paths.secret())).toEqual(before);
  });

  test.each([
    ['emptied', null],
    ['edited by hand', Buffer.from('-----BEGIN CERTIFICATE-----').toString('base64')],
  ])('a caBundle that was %s is repaired, and nothing else touched', async (_, caBundle) => {
    const good = (await keep()).caBundle;
    const before = await kubernetes.get<Configuration>(paths.configuration);
    const webhooks = before.webhooks.map((one, index) =>
      index === 0
        ? { ...one, clientConfig: { ...one.clientConfig, caBundle: valid(caBundle) } }
        : one,
    );
    await kubernetes.patch(paths.configuration, { webhooks });
    await keep();
    expect(events).toEqual(['repaired']);
    expect(await caBundles()).toEqual([good, undefined]);
    const after = await kubernetes.get<Configuration>(paths.configuration);
    expect(after.webhooks).toEqual(before.webhooks);
  });

  test('a Secret that was emptied is filled anew, and the configuration follows', async () => {
    const before = await keep();
    await kubernetes.patch(paths.secret(), { data: null });
    const after = await keep();
    expect(events).toEqual(['rotated: begin', 'repaired']);
    expect(after.caBundle).not.toBe(before.caBundle);
    expect(await caBundles()).toEqual([after.caBundle, undefined]);
  });

  test('what somebody else keeps in the Secret stays', async () => {
    await kubernetes.patch(paths.secret(), {
      data: { note: 'aGk=' },
      metadata: { labels: { a: 'b' } },
    });
    await keep({ names: [`other.${namespace}.svc`] });
    expect(events).toEqual(['rotated: renew-certificate']);
    const secret = await kubernetes.get<Secret>(paths.secret());
    expect(secret.data.note).toBe('aGk=');
    expect(secret.metadata.labels).toEqual({ a: 'b' });
  });

  test('without a configuration the certificate is kept all the same', async () => {
    // With its own names again.
    await keep();
    const role = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`;
    const { rules } = await kubernetes.get<Role>(role);
    const [rule] = rules;
    await kubernetes.patch(role, { rules: [{ ...rule, resourceNames: [name, 'gone'] }] });
    const kept = await until(() => keep({ configuration: 'gone' }));
    expect(events).toEqual([]);
    expect(kept.certificate).toContain('BEGIN CERTIFICATE');
  });

  test.each([
    [{ secret: 'another' }, /cannot get resource "secrets"/],
    [{ configuration: 'another' }, /cannot get resource "mutatingwebhookconfigurations"/],
  ])('it may do nothing else: %o', async (more, message) => {
    await expect(keep(more)).rejects.toThrow(message);
  });
});

test('an API server that is not there is reported', async () => {
  const nowhere = new KubernetesApi(async () => ({
    host,
    port: 1,
    ca: server.ca,
    token: 'secret',
  }));
  await expect(keep({ api: nowhere })).rejects.toThrow(/ECONNREFUSED/);
});

/*
 * Three replicas, each of which looks at different moments, while everything is replaced over and
 * over. Who verifies trusts what the configuration says now, and knows no connection but new ones.
 */
test('through all rotations, every replica answers a client that trusts the configuration', async () => {
  await kubernetes.patch(paths.secret(), { data: null });
  const lifetimes = { serving: 9_000, authority: 24_000, overlap: 2_000 };
  const steps = new Set<string>();
  const replicas = await Promise.all([300, 400, 500].map((interval) => replica(interval)));
  let handshakes = 0;
  const failures: string[] = [];
  const until = Date.now() + 45_000;
  const certificates = new Set<string>();
  const bundles = new Set<string>();
  while (Date.now() < until) {
    const [bundle] = await caBundles();
    bundles.add(bundle as string);
    for (const { port } of replicas) {
      handshakes++;
      const served = await handshake(port, bundle as string).catch((error: Error) => error);
      if (served instanceof Error) failures.push(served.message);
      else certificates.add(served);
    }
  }
  for (const one of replicas) one.stop();
  console.log(
    `${handshakes} handshakes, ${certificates.size} certificates, ${bundles.size} bundles, ${failures.length} failed`,
  );
  expect(failures).toEqual([]);
  expect([...steps].sort()).toEqual([
    'add-authority',
    'begin',
    'drop-authorities',
    'renew-certificate',
  ]);
  expect(certificates.size).toBeGreaterThan(4);
  expect(bundles.size).toBeGreaterThan(4);

  async function replica(interval: number): Promise<{ port: number; stop(): void }> {
    let isStopped = false;
    const on = {
      rotated: (step: string) => steps.add(step),
      repaired: () => undefined,
    } as UpkeepOptions['on'];
    const first = await keep({ lifetimes, on });
    const tls = createServer({ cert: first.certificate, key: first.privateKey });
    await once(tls.listen(0, '127.0.0.1'), 'listening');
    void (async () => {
      while (!isStopped) {
        await sleep(interval);
        const { certificate: cert, privateKey: key } = await keep({ lifetimes, on });
        tls.setSecureContext({ cert, key });
      }
    })();
    const stop = () => {
      isStopped = true;
      tls.close();
    };
    return { port: portOf(tls), stop };
  }
}, 90_000);

async function handshake(port: number, ca: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', ca, servername: `detour.${namespace}.svc` });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerCertificate().serialNumber;
  } finally {
    socket.destroy();
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

interface Secret extends KubernetesObject {
  readonly data: Readonly<Record<string, string>>;
}

interface Role extends KubernetesObject {
  readonly rules: readonly object[];
}

interface Configuration extends KubernetesObject {
  readonly webhooks: readonly { readonly clientConfig: { readonly caBundle?: string } }[];
}

/** The API server refuses a bundle that is no PEM. */
function valid(caBundle: string | null): string | null {
  if (caBundle === null) return null;
  return Buffer.from(server.ca).toString('base64');
}

/** Role-based access takes a moment to be seen. */
async function until<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = 50; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await sleep(100);
    }
  }
}

function create(path: string, object: object): Promise<unknown> {
  return kubernetes.create(path, {
    apiVersion: 'v1',
    metadata: { name },
    ...object,
  } as never);
}

function configuration(namespace: string): object {
  const webhook = (name: string, clientConfig: object) => ({
    name,
    clientConfig,
    failurePolicy: 'Ignore',
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    namespaceSelector: { matchLabels: { nobody: 'here' } },
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
  });
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    webhooks: [
      webhook('pods.image-detour.io', { service: { namespace, name: 'detour' } }),
      webhook('elsewhere.image-detour.io', { url: 'https://elsewhere.example/' }),
    ],
  };
}

async function allow(): Promise<void> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const rights = (apiGroups: string[], resource: string) => ({
    rules: [{ apiGroups, resources: [resource], resourceNames: [name], verbs: ['get', 'update'] }],
  });
  const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace }];
  const roleRef = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name });
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  await create(`${rbac}/namespaces/${namespace}/roles`, {
    apiVersion,
    kind: 'Role',
    ...rights([''], 'secrets'),
  });
  await create(`${rbac}/namespaces/${namespace}/rolebindings`, {
    apiVersion,
    kind: 'RoleBinding',
    subjects,
    roleRef: roleRef('Role'),
  });
  await create(`${rbac}/clusterroles`, {
    apiVersion,
    kind: 'ClusterRole',
    ...rights(['admissionregistration.k8s.io'], 'mutatingwebhookconfigurations'),
  });
  await create(`${rbac}/clusterrolebindings`, {
    apiVersion,
    kind: 'ClusterRoleBinding',
    subjects,
    roleRef: roleRef('ClusterRole'),
  });
}
