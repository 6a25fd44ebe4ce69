import { buildWebhookConfiguration } from '../../src/admission/webhook-configuration.ts';
import type { KubernetesApi } from '../../src/kubernetes/api.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { fixedSource } from '../../src/rules-source/source.ts';
import type { Background } from '../../src/server/following/context.ts';
import { MountedRules } from '../../src/server/following/mounted-rules.ts';
import { followNamespaceRules } from '../../src/server/following/namespace-rules.ts';
import { keepRegistration } from '../../src/server/following/registration-upkeep.ts';
import { sharedCertificate } from '../../src/server/following/shared-certificate.ts';
import { reviewPaths } from '../../src/server/webhook.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { kubectl } from './kubectl.ts';
import { type Kubernetes, webhooksPath } from './kubernetes.ts';
import type { KubernetesObject } from './kubernetes-object.ts';
import { freePort, until } from './process.ts';
import type { WebhookConfiguration } from './registration.ts';

/** ReplicaOptions are what a replica follows, and what its objects are called. */
export interface ReplicaOptions {
  readonly kubernetes: Kubernetes;
  /** The API as the replica uses it. */
  readonly api: KubernetesApi;
  readonly namespace: string;
  /** The name of its Secret, ConfigMap and registration. */
  readonly name: string;
  readonly rules: string;
  readonly namespaceRules?: boolean;
  readonly background?: readonly Background[];
}

/** Replica is a server that does what one in a Pod does, registered by its URL. */
export interface Replica extends TestServer {
  /** The CA of its certificate, in PEM. */
  readonly ca: string;
  /** Applies the registration again, with other fields. */
  register(more?: object): void;
}

/** Returns the registration of a replica on 127.0.0.1; `more` goes before what is usual. */
export function replicaRegistration(
  { name, port, ca }: { readonly name: string; readonly port: number; readonly ca: string },
  more: object = {},
): WebhookConfiguration {
  return buildWebhookConfiguration({
    name,
    address: { url: `https://127.0.0.1:${port}/mutate` },
    caBundle: ca,
    kubernetes: 36,
    failurePolicy: 'Ignore',
    timeoutSeconds: 3,
    excludedNamespaces: ['kube-system'],
    ...more,
  }) as WebhookConfiguration;
}

const day = 24 * 60 * 60 * 1000;

/** Starts a replica with a certificate of its own. Returns when its registration is in force. */
export async function startReplica(options: ReplicaOptions): Promise<Replica> {
  const { kubernetes, api, namespace, name, rules, namespaceRules = false } = options;
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name } };
  await kubernetes.create(path, secret as KubernetesObject);
  const listen = { host: '127.0.0.1', port: await freePort() };
  const starting = startTestServer({
    listen,
    rules: { ruleSet: loadRules(rules).ruleSet as RuleSet, text: rules },
    rulesSource: fixedSource('detour.yaml', rules),
    certificate: sharedCertificate({
      api,
      namespace,
      secret: name,
      configuration: name,
      names: ['127.0.0.1'],
      lifetimes: { serving: 30 * day, authority: 365 * day, overlap: day },
    }),
    registration: keepRegistration({
      api,
      name,
      namespace,
      exemption: ['image-detour', 'disabled'],
      hasPublicCa: false,
      paths: reviewPaths,
    }),
    ...(namespaceRules && {
      namespaceRules: (current, context) => followNamespaceRules(api, current, context),
    }),
    background: [new MountedRules(api, { namespace, name }).watch, ...(options.background ?? [])],
  });
  const encoded = await until('the replica has issued a certificate', async () => {
    const { data } = await kubernetes.get<KubernetesObject & { data?: Record<string, string> }>(
      `${path}/${name}`,
    );
    return data?.['ca.crt'];
  });
  const ca = Buffer.from(encoded, 'base64').toString();
  const register = (more: object = {}) => {
    const registration = replicaRegistration({ name, port: listen.port, ca }, more);
    kubectl(
      ['apply', '--server-side', '--force-conflicts', '-f', '-'],
      JSON.stringify(registration),
    );
  };
  register();
  const server = await starting;
  const stop = async (delay = 0) => {
    await kubernetes.delete(`${webhooksPath}/${name}`).catch(() => undefined);
    await server.stop(delay);
    server.agent.destroy();
  };
  return { ...server, ca, stop, register };
}
