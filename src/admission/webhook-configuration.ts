import { annotation } from '../workload/annotations.ts';
import { type ImageField, imageFields } from '../workload/image-fields.ts';
import {
  nameLabel,
  notOptedOut,
  type SelectorRequirement,
  systemNamespace,
} from '../workload/opt-out.ts';

/** A MutatingWebhookConfiguration in the form that a Kubernetes version knows. */

/** Names the oldest minor version of Kubernetes 1 that a registration can be written for. */
export const oldestKubernetes = 9;
/** Names the newest minor version of Kubernetes 1 whose registration is known. */
export const newestKubernetes = 36;

/** ClientAddress is where the API server reaches the webhook. */
export type ClientAddress =
  | { readonly url: string }
  | {
      readonly service: {
        readonly namespace: string;
        readonly name: string;
        readonly port: number;
        readonly path: string;
      };
    };

/**
 * WebhookConfigurationOptions says where the API server finds the webhook, and which Pods it sends.
 */
export interface WebhookConfigurationOptions {
  readonly name: string;
  readonly address: ClientAddress;
  /** PEM, so nothing but ASCII; absent where the certificate's CA is publicly known. */
  readonly caBundle: string | undefined;
  /** Minor version of Kubernetes 1. */
  readonly kubernetes: number;
  readonly failurePolicy: 'Ignore' | 'Fail';
  readonly timeoutSeconds: number;
  /** Namespaces whose Pods never reach the webhook. */
  readonly excludedNamespaces: readonly string[];
  /**
   * Whether a label keeps a Pod from reaching the webhook: an exit that the rules can close. Yes
   * unless said.
   */
  readonly optOutLabel?: boolean;
  /** Labels and annotations of the configuration, in addition to its own label. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** What a namespace, and a Pod, must match in addition. */
  readonly namespaceSelector?: readonly SelectorRequirement[];
  readonly objectSelector?: readonly SelectorRequirement[];
}

/** Names the webhook in a configuration. */
export const webhookName = 'pods.image-detour.io';
/**
 * Names the webhook for kube-system alone, which a configuration has in addition if it includes
 * that namespace and the other webhook has `Fail`. With `Fail`, nothing in kube-system that a node
 * needs to run the webhook could start before the webhook.
 */
export const systemWebhookName = 'kube-system.image-detour.io';
/** Lists the names of the webhooks that a configuration may have. */
export const webhookNames: readonly string[] = [webhookName, systemWebhookName];
/**
 * Names the annotation of a configuration by which its replicas know that its first webhook should
 * have `Fail`. It is installed with `Ignore`, because nothing answers yet.
 */
export const failurePolicyAnnotation = 'image-detour/failure-policy';
/** Names the label that every configuration has. */
export const ownLabel = 'app.kubernetes.io/name';

/**
 * Since which minor version each part is known; what a version does not know its API server drops
 * or refuses.
 */
const since = {
  sideEffects: 12,
  timeoutSeconds: 14,
  /** Before, it must be there, for public CAs as well. */
  optionalCaBundle: 14,
  admissionReviewVersions: 14,
  scope: 14,
  servicePort: 15,
  objectSelector: 15,
  matchPolicy: 15,
  reinvocationPolicy: 15,
  v1: 16,
  /** Before, the namespace's name is not among its labels. */
  nameLabel: 21,
  /** Before, the request's object is no Pod. */
  ephemeralContainers: 22,
  matchConditions: 28,
} as const;

/** Reports whether a version of Kubernetes knows a part. */
export function knows(kubernetes: number, part: keyof typeof since): boolean {
  return kubernetes >= since[part];
}

/** Builds the configuration, with its keys in the order in which people read it. */
export function buildWebhookConfiguration(options: WebhookConfigurationOptions): object {
  const { name, kubernetes, labels, annotations } = options;
  return {
    apiVersion: `admissionregistration.k8s.io/${knows(kubernetes, 'v1') ? 'v1' : 'v1beta1'}`,
    kind: 'MutatingWebhookConfiguration',
    metadata: {
      name,
      labels: { [ownLabel]: 'image-detour', ...labels },
      ...(annotations !== undefined && { annotations }),
    },
    webhooks: scopesOf(options).map((scope) => buildWebhook(scope, options)),
  };
}

/** Scope is a webhook of the configuration: for which namespaces, and what happens in an outage. */
interface Scope {
  readonly name: string;
  readonly failurePolicy: WebhookConfigurationOptions['failurePolicy'];
  readonly namespaces: readonly SelectorRequirement[];
}

/** Returns one webhook, or two if kube-system is included and the others have `Fail`. */
function scopesOf({ failurePolicy, excludedNamespaces }: WebhookConfigurationOptions): Scope[] {
  const without = (values: readonly string[]): SelectorRequirement[] =>
    values.length === 0 ? [] : [{ key: nameLabel, operator: 'NotIn', values }];
  if (failurePolicy === 'Ignore' || excludedNamespaces.includes(systemNamespace)) {
    return [{ name: webhookName, failurePolicy, namespaces: without(excludedNamespaces) }];
  }
  const namespaces = without([systemNamespace, ...excludedNamespaces]);
  const only = { key: nameLabel, operator: 'In', values: [systemNamespace] } as const;
  return [
    { name: webhookName, failurePolicy, namespaces },
    { name: systemWebhookName, failurePolicy: 'Ignore', namespaces: [only] },
  ];
}

function buildWebhook(
  { name, failurePolicy, namespaces }: Scope,
  options: WebhookConfigurationOptions,
): object {
  const { address, caBundle, optOutLabel: hasLabel = true } = options;
  const isKnown = (part: keyof typeof since) => knows(options.kubernetes, part);
  const ofPods = [...(hasLabel ? [notOptedOut] : []), ...(options.objectSelector ?? [])];
  return {
    name,
    clientConfig: {
      ...clientConfig(address, isKnown('servicePort')),
      ...(caBundle !== undefined && { caBundle: btoa(caBundle) }),
    },
    rules: [matchedRequests(options.kubernetes)],
    failurePolicy,
    ...(isKnown('matchPolicy') && { matchPolicy: 'Equivalent' }),
    ...(isKnown('reinvocationPolicy') && { reinvocationPolicy: 'IfNeeded' }),
    ...(isKnown('sideEffects') && { sideEffects: 'None' }),
    ...(isKnown('timeoutSeconds') && { timeoutSeconds: options.timeoutSeconds }),
    ...(isKnown('admissionReviewVersions') && {
      admissionReviewVersions: isKnown('v1') ? ['v1', 'v1beta1'] : ['v1beta1'],
    }),
    namespaceSelector: {
      matchExpressions: [...namespaces, notOptedOut, ...(options.namespaceSelector ?? [])],
    },
    ...(ofPods.length > 0 &&
      isKnown('objectSelector') && { objectSelector: { matchExpressions: ofPods } }),
    ...(isKnown('matchConditions') && { matchConditions }),
  };
}

function matchedRequests(kubernetes: number): object {
  const hasEphemeral = knows(kubernetes, 'ephemeralContainers');
  return {
    apiGroups: [''],
    apiVersions: ['v1'],
    operations: ['CREATE', 'UPDATE'],
    resources: ['pods', ...(hasEphemeral ? ['pods/ephemeralcontainers'] : [])],
    ...(knows(kubernetes, 'scope') && { scope: 'Namespaced' }),
  };
}

function clientConfig(address: ClientAddress, knowsPort: boolean): object {
  if ('url' in address) return { url: address.url };
  const { port, ...service } = address.service;
  return { service: { ...service, ...(knowsPort && { port }) } };
}

/** Returns, in CEL, the images of a list that an object may have. */
function imagesIn(object: string, { list, path }: ImageField): string {
  const keys = path.map((_, index) => `c.${path.slice(0, index + 1).join('.')}`);
  const isThere = keys.map((key) => `has(${key})`).join(' && ');
  const all = `${object}.spec.${list}`;
  return `(has(${all}) ? ${all}.map(c, ${isThere} ? ${keys.at(-1)} : "") : [])`;
}

const changes = imageFields
  .filter(({ isUpdatable }) => isUpdatable)
  .map((field) => `${imagesIn('object', field)} != ${imagesIn('oldObject', field)}`);

/**
 * Keeps what cannot change anything from being sent at all: updates of labels, annotations and
 * finalizers, and the copies of static Pods, which only nodes make.
 */
export const matchConditions = [
  {
    name: 'not-a-static-pod',
    expression: `!has(object.metadata.annotations) || !("${annotation.staticPod}" in object.metadata.annotations) || !has(request.userInfo.groups) || !("system:nodes" in request.userInfo.groups)`,
  },
  {
    name: 'images-may-change',
    expression: `oldObject == null || has(request.subResource) && request.subResource != "" || ${changes.join(' || ')}`,
  },
] as const;
