import { missingRequests, type Webhook, webhooksOf } from './registration-exits.ts';
import { failurePolicyAnnotation, webhookName } from './webhook-configuration.ts';

/** Lists why a registration may not be in force, as labels of a metric. */
export const registrationProblems = [
  'unread',
  'missing',
  'no-webhook',
  'rules',
  'address',
  'ca-bundle',
] as const;

/** RegistrationProblem is why the API server does not send reviews to this server. */
export interface RegistrationProblem {
  readonly code: (typeof registrationProblems)[number];
  readonly message: string;
}

/** Presented is what this server presents to the API server. */
export interface Presented {
  /** The paths that receive reviews. */
  readonly paths: readonly string[];
  /** Reports whether the certificate is for a host name or an address. */
  readonly isFor: (host: string) => boolean;
  /** Reports whether a client that trusts `caBundle`, as the API has it, trusts the certificate. */
  readonly isTrustedBy: (caBundle: string) => boolean;
}

/**
 * Returns why a MutatingWebhookConfiguration does not make the API server send reviews to this
 * server; undefined if it does. Which Pods it selects is up to its author.
 */
export function findRegistrationProblem(
  configuration: object | undefined,
  presented: Presented,
): RegistrationProblem | undefined {
  if (configuration === undefined) {
    const message = 'it does not exist: run helm upgrade or kubectl apply to register again';
    return { code: 'missing', message };
  }
  const webhooks = webhooksOf(configuration);
  if (!webhooks.some(({ name }) => name === webhookName)) {
    const message = `it has no webhook ${webhookName}: run helm upgrade or kubectl apply`;
    return { code: 'no-webhook', message };
  }
  for (const webhook of webhooks) {
    const problem = findWebhookProblem(webhook, presented);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function findWebhookProblem(
  webhook: Webhook,
  { paths, isFor, isTrustedBy }: Presented,
): RegistrationProblem | undefined {
  if (missingRequests(webhook).some(([operation]) => operation === 'CREATE')) {
    const message = `the rules of ${webhook.name} do not have CREATE of pods`;
    return { code: 'rules', message };
  }
  const { host, path } = addressOf(webhook);
  if (!isFor(host) || !paths.includes(path)) {
    const message = `${webhook.name} calls ${host}${path}, which is not this server: its certificate has other names, or the path is not ${paths[0]}`;
    return { code: 'address', message };
  }
  if (!isTrustedBy(String(webhook.clientConfig?.caBundle ?? ''))) {
    const message = `the caBundle of ${webhook.name} does not trust the certificate that this server presents`;
    return { code: 'ca-bundle', message };
  }
  return undefined;
}

/** Returns the host that the API server calls, and the path. */
function addressOf({ clientConfig: { url, service } = {} }: Webhook): {
  readonly host: string;
  readonly path: string;
} {
  if (service !== undefined) {
    const { name, namespace, path } = service;
    return { host: `${name}.${namespace}.svc`, path: String(path ?? '/') };
  }
  try {
    const { hostname, pathname } = new URL(String(url));
    return { host: hostname.replace(/^\[(.*)\]$/, '$1'), path: pathname };
  } catch {
    return { host: String(url), path: '' };
  }
}

/** Returns the failurePolicy of the webhook in a configuration; undefined if it has none. */
export function failurePolicyOf(configuration: object): unknown {
  return webhooksOf(configuration).find(({ name }) => name === webhookName)?.failurePolicy;
}

/** Reports whether a configuration asks its replicas for `Fail`, and does not have it yet. */
export function awaitsFail(configuration: object): boolean {
  const { metadata } = configuration as {
    readonly metadata?: { readonly annotations?: Readonly<Record<string, unknown>> };
  };
  return (
    metadata?.annotations?.[failurePolicyAnnotation] === 'Fail' &&
    failurePolicyOf(configuration) === 'Ignore'
  );
}

/** Returns the configuration with `Fail` in its webhook. That of kube-system keeps `Ignore`. */
export function withFail<T extends { readonly webhooks?: readonly Webhook[] }>(
  configuration: T,
): T {
  const webhooks = configuration.webhooks?.map((webhook) =>
    webhook.name === webhookName ? { ...webhook, failurePolicy: 'Fail' } : webhook,
  );
  return { ...configuration, webhooks };
}
