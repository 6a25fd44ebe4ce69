import { decide } from '../decision/decide.ts';
import { canonicalHost } from '../reference/docker-hub.ts';
import { nodeReference } from '../reference/reference.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { listImages } from '../workload/images.ts';

/**
 * LostPullSecret is an image that could be pulled as written, with a pull secret, and cannot be
 * pulled from where the rules send it.
 */
export interface LostPullSecret {
  readonly namespace: string;
  readonly pod: string;
  readonly place: string;
  readonly image: string;
  readonly becomes: string;
  /** Those that the Pod has and that are for the origin. */
  readonly secrets: readonly string[];
}

/** An object of Kubernetes as `kubectl get -o json` prints it; none of it has been checked. */
interface KubernetesObject {
  readonly kind?: unknown;
  readonly metadata?: { readonly name?: unknown; readonly namespace?: unknown };
  readonly data?: Readonly<Record<string, unknown>>;
  readonly spec?: { readonly imagePullSecrets?: unknown };
}

/**
 * Lists the images of Pods that the rules send from a registry for which the Pod has a pull secret
 * to one for which it has none. `objects` holds the Pods and the Secrets that they name.
 */
export function lostPullSecrets(objects: readonly unknown[], ruleSet: RuleSet): LostPullSecret[] {
  const known = objects.filter(isObject) as KubernetesObject[];
  const registries = new Map(
    known
      .filter(({ kind }) => kind === 'Secret')
      .map((secret) => [keyOf(secret), registriesOf(secret.data)]),
  );
  return known
    .filter(({ kind }) => kind === 'Pod')
    .flatMap((pod) => lostBy(pod, registries, ruleSet));
}

function lostBy(
  pod: KubernetesObject,
  registries: ReadonlyMap<string, readonly string[]>,
  ruleSet: RuleSet,
): LostPullSecret[] {
  const namespace = text(pod.metadata?.namespace, 'default');
  const names = secretNames(pod.spec?.imagePullSecrets);
  return listImages(pod.spec).flatMap(({ place, image }) => {
    const { action, rule, image: becomes } = decide(image, ruleSet, { namespace });
    if (action !== 'rewrite' || rule === undefined) return [];
    const opens = (name: string, host: string) =>
      registries.get(`${namespace}/${name}`)?.some((pattern) => matchesHost(pattern, host));
    const [origin, mirror] = [hostOf(image), hostOf(becomes)];
    const secrets = names.filter((name) => opens(name, origin));
    const isOpen = [...names, ...rule.pullSecrets].some((name) => opens(name, mirror));
    if (secrets.length === 0 || isOpen) return [];
    return { namespace, pod: text(pod.metadata?.name, ''), place, image, becomes, secrets };
  });
}

function keyOf({ metadata }: KubernetesObject): string {
  return `${text(metadata?.namespace, 'default')}/${text(metadata?.name, '')}`;
}

function secretNames(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: { name?: unknown } | null) =>
    typeof item?.name === 'string' ? item.name : [],
  );
}

/**
 * Returns the hosts of a Secret of type kubernetes.io/dockerconfigjson or the older
 * kubernetes.io/dockercfg.
 */
function registriesOf(data: KubernetesObject['data']): string[] {
  const config = parseBase64(data?.['.dockerconfigjson']);
  const auths = isObject(config) ? (config as { auths?: unknown }).auths : undefined;
  const entries = auths ?? parseBase64(data?.['.dockercfg']);
  return isObject(entries) ? Object.keys(entries).map(toHost) : [];
}

/** Returns `docker.io` for `https://index.docker.io/v1/`: the host as rules know it. */
function toHost(key: string): string {
  const name = key.replace(/^https?:\/\//, '').split('/')[0] ?? '';
  return canonicalHost(name);
}

function hostOf(image: string): string {
  const reference = nodeReference(image);
  return reference === undefined ? '' : canonicalHost(reference.registry);
}

/**
 * Reports whether a key of a pull secret is for a host: `*` stands for a part of a name, as for the
 * kubelet.
 */
function matchesHost(pattern: string, host: string): boolean {
  const [parts, names] = [pattern.split('.'), host.split('.')];
  return (
    parts.length === names.length &&
    parts.every((part, index) => part === '*' || part === names[index])
  );
}

function parseBase64(value: unknown): unknown {
  try {
    return typeof value === 'string' ? JSON.parse(atob(value)) : undefined;
  } catch {
    return undefined;
  }
}

function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
