import { nodeReference } from '../reference/reference.ts';
import { matchesGlob } from '../rules/glob.ts';
import { isMapping } from '../rules/is-mapping.ts';
import { type GoUrl, parseGoUrl } from './go-url.ts';

/**
 * Keyring is the names under which a pull Secret has logins: `quay.io`, `*.example.com`,
 * `mirror.example.com/team`. They are compared as the kubelet's package
 * k8s.io/kubernetes/pkg/credentialprovider compares them.
 */
export type Keyring = readonly string[];

/** PullSecret is a Secret as `kubectl get -o json` prints it; none of it has been checked. */
export interface PullSecret {
  readonly type?: unknown;
  readonly data?: Readonly<Record<string, unknown>>;
}

/**
 * Reads the names in a pull Secret of either type; the logins themselves are not looked at. A
 * Secret of any other type has none. One without a type is read by its data: clusters fill in the
 * type, but files need not have it.
 */
export function readKeyring({ type, data }: PullSecret): Keyring {
  const isOf = (known: string) => type === undefined || type === known;
  const config = isOf('kubernetes.io/dockerconfigjson') && parseBase64(data?.['.dockerconfigjson']);
  const older = isOf('kubernetes.io/dockercfg') && parseBase64(data?.['.dockercfg']);
  const logins = isMapping(config) ? config.auths : older;
  return isMapping(logins) ? Object.keys(logins) : [];
}

/** Reports whether a keyring has a login for an image. */
export function hasLogin(keyring: Keyring, image: string): boolean {
  const reference = nodeReference(image);
  if (reference === undefined) return false;
  const target = parseGoUrl(`${reference.registry}/${reference.repository}`);
  return target !== undefined && keyring.some((name) => isNameFor(name, target));
}

function isNameFor(name: string, target: GoUrl): boolean {
  const key = toKey(name);
  if (key === 'index.docker.io' && isDefault(target)) return true;
  // The kubelet parses what it has parsed before.
  const glob = key === undefined ? undefined : parseGoUrl(key);
  return (
    glob !== undefined &&
    glob.port === target.port &&
    // A prefix of the text: `quay.io/te` is for quay.io/team/app too.
    target.path.startsWith(glob.path) &&
    matchesHost(glob.host, target.host)
  );
}

/** Returns the host and the path that a name is for; undefined if the kubelet ignores the name. */
function toKey(name: string): string | undefined {
  const url = parseGoUrl(name.replace(/^https?:\/\//, ''));
  if (url === undefined) return undefined;
  // Docker writes `https://index.docker.io/v1/`, which is for the whole host.
  const path = url.path.replace(/^\/v[12]\//, '/');
  return path === '/' ? url.authority : url.authority + path;
}

/**
 * Reports whether the kubelet takes a host for Docker Hub. It takes `localhost` for it too, because
 * only a dot or a colon makes the first part of a name a host.
 */
function isDefault({ authority }: GoUrl): boolean {
  return authority === 'docker.io' || !/[.:]/.test(authority);
}

/**
 * Reports whether a host matches, part by part between its dots. In Go's patterns, brackets are a
 * set of characters: the name `[::1]` is not for that address.
 */
function matchesHost(glob: string, host: string): boolean {
  const [globs, parts] = [glob.split('.'), host.split('.')];
  return (
    !glob.includes('[') &&
    globs.length === parts.length &&
    globs.every((part, index) => matchesGlob(part, parts[index] as string))
  );
}

function parseBase64(value: unknown): unknown {
  try {
    return typeof value === 'string' ? JSON.parse(atob(value)) : undefined;
  } catch {
    return undefined;
  }
}
