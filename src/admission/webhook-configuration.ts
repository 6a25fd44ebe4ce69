import { annotation } from '../workload/annotations.ts';
import { type ImageField, imageFields } from '../workload/image-fields.ts';
import { nameLabel, notOptedOut } from '../workload/opt-out.ts';

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
}

/** Names the webhook in a configuration. */
export const webhookName = 'pods.image-detour.io';

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
  const { name, address, caBundle, kubernetes, optOutLabel: hasLabel = true } = options;
  const isKnown = (part: keyof typeof since) => knows(kubernetes, part);
  const notExcluded = { key: nameLabel, operator: 'NotIn', values: options.excludedNamespaces };
  const hasExcluded = options.excludedNamespaces.length > 0;
  return {
    apiVersion: `admissionregistration.k8s.io/${isKnown('v1') ? 'v1' : 'v1beta1'}`,
    kind: 'MutatingWebhookConfiguration',
    metadata: { name, labels: { 'app.kubernetes.io/name': 'image-detour' } },
    webhooks: [
      {
        name: webhookName,
        clientConfig: {
          ...clientConfig(address, isKnown('servicePort')),
          ...(caBundle !== undefined && { caBundle: btoa(caBundle) }),
        },
        rules: [
          {
            apiGroups: [''],
            apiVersions: ['v1'],
            operations: ['CREATE', 'UPDATE'],
            resources: [
              'pods',
              ...(isKnown('ephemeralContainers') ? ['pods/ephemeralcontainers'] : []),
            ],
            ...(isKnown('scope') && { scope: 'Namespaced' }),
          },
        ],
        failurePolicy: options.failurePolicy,
        ...(isKnown('matchPolicy') && { matchPolicy: 'Equivalent' }),
        ...(isKnown('reinvocationPolicy') && { reinvocationPolicy: 'IfNeeded' }),
        ...(isKnown('sideEffects') && { sideEffects: 'None' }),
        ...(isKnown('timeoutSeconds') && { timeoutSeconds: options.timeoutSeconds }),
        ...(isKnown('admissionReviewVersions') && {
          admissionReviewVersions: isKnown('v1') ? ['v1', 'v1beta1'] : ['v1beta1'],
        }),
        namespaceSelector: {
          matchExpressions: [...(hasExcluded ? [notExcluded] : []), notOptedOut],
        },
        ...(hasLabel &&
          isKnown('objectSelector') && { objectSelector: { matchExpressions: [notOptedOut] } }),
        ...(isKnown('matchConditions') && { matchConditions }),
      },
    ],
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
