import { decide } from '../decision/decide.ts';
import { nodeReference } from '../reference/reference.ts';
import { isMapping } from '../rules/is-mapping.ts';
import type { Registries } from '../rules/registries.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { listImages } from '../workload/images.ts';
import { hasLogin, type Keyring, type PullSecret, readKeyring } from './keyring.ts';
import { neededPullSecrets, pullSecretsFor } from './pull-secrets.ts';

/**
 * LostPullSecret is an image that could be pulled as written, with a pull Secret, and cannot be
 * pulled from where the rules send it.
 */
export interface LostPullSecret extends Remedy {
  readonly namespace: string;
  readonly pod: string;
  readonly place: string;
  readonly image: string;
  readonly becomes: string;
  /** Those that the Pod has and that are for the origin. */
  readonly secrets: readonly string[];
}

/** Remedy is what the user adds so that the Pod has a login for the mirror. */
interface Remedy {
  readonly missing:
    | 'registries' // a Secret of the namespace has the login, but registries does not name it
    | 'secret' // there is no such Secret
    | 'login'; // the Secrets that registries names have no login for the mirror
  /** The next step: what is expected, and where. */
  readonly expected: string;
}

/** An object of Kubernetes as `kubectl get -o json` prints it; none of it has been checked. */
interface KubernetesObject extends PullSecret {
  readonly kind?: unknown;
  readonly metadata?: { readonly name?: unknown; readonly namespace?: unknown };
  readonly spec?: { readonly imagePullSecrets?: unknown };
}

/** Maps the names of a namespace's Secrets to what they have logins for. */
type Keyrings = ReadonlyMap<string, Keyring>;

/**
 * Lists the images of Pods that the rules send from a registry for which the Pod has a login to one
 * for which it has none. `objects` holds the Pods and the Secrets of their namespaces.
 */
export function lostPullSecrets(objects: readonly unknown[], ruleSet: RuleSet): LostPullSecret[] {
  const known = objects.filter(isMapping) as KubernetesObject[];
  const keyrings = readKeyrings(known.filter(({ kind }) => kind === 'Secret'));
  return known
    .filter(({ kind }) => kind === 'Pod')
    .flatMap((pod) => lostBy(pod, keyrings.get(namespaceOf(pod)) ?? new Map(), ruleSet));
}

function lostBy(pod: KubernetesObject, keyrings: Keyrings, ruleSet: RuleSet): LostPullSecret[] {
  const namespace = namespaceOf(pod);
  const pulled = listImages(pod.spec).filter(({ isPulled }) => isPulled);
  const decisions = pulled.map((placed) => {
    return { ...placed, decision: decide(placed.image, ruleSet, { namespace }) };
  });
  const { registries } = ruleSet;
  const present = secretNames(pod.spec?.imagePullSecrets);
  const all = [...present, ...neededPullSecrets(decisions, registries)];
  return decisions.flatMap(({ place, image, decision }) => {
    const { action, rule, image: becomes } = decision;
    if (action !== 'rewrite' || rule === undefined) return [];
    const secrets = withLogin(present, image, keyrings);
    if (secrets.length === 0 || withLogin(all, becomes, keyrings).length > 0) return [];
    const remedy = findRemedy(registries, becomes, namespace, keyrings);
    return {
      namespace,
      pod: text(pod.metadata?.name, ''),
      place,
      image,
      becomes,
      secrets,
      ...remedy,
    };
  });
}

/** Returns those of the named Secrets that have a login for an image. */
function withLogin(names: Iterable<string>, image: string, keyrings: Keyrings): string[] {
  return [...names].filter((name) => hasLogin(keyrings.get(name) ?? [], image));
}

function findRemedy(
  registries: Registries,
  becomes: string,
  namespace: string,
  keyrings: Keyrings,
): Remedy {
  const mirror = nodeReference(becomes)?.registry ?? becomes;
  const [added] = pullSecretsFor(becomes, registries);
  if (added !== undefined && keyrings.has(added)) {
    const expected = `an entry for ${mirror} in Secret ${added} in namespace ${namespace}`;
    return { missing: 'login', expected };
  }
  if (added !== undefined) {
    const expected = `Secret ${added} in namespace ${namespace}, with a login for ${mirror}`;
    return { missing: 'secret', expected };
  }
  const key = `pullSecrets under registries, ${mirror}`;
  const [other] = withLogin(keyrings.keys(), becomes, keyrings);
  if (other !== undefined) {
    const expected = `${other} in ${key}: that Secret has the login`;
    return { missing: 'registries', expected };
  }
  const expected = `a Secret in namespace ${namespace} with a login for ${mirror}, and its name in ${key}`;
  return { missing: 'secret', expected };
}

/** Reads what each Secret has logins for, by namespace and name. */
function readKeyrings(secrets: readonly KubernetesObject[]): Map<string, Map<string, Keyring>> {
  const keyrings = new Map<string, Map<string, Keyring>>();
  for (const secret of secrets) {
    const namespace = namespaceOf(secret);
    const named = keyrings.get(namespace) ?? new Map<string, Keyring>();
    keyrings.set(namespace, named.set(text(secret.metadata?.name, ''), readKeyring(secret)));
  }
  return keyrings;
}

function namespaceOf({ metadata }: KubernetesObject): string {
  return text(metadata?.namespace, 'default');
}

function secretNames(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: { name?: unknown } | null) =>
    typeof item?.name === 'string' ? item.name : [],
  );
}

function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}
