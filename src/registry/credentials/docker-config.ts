import { canonicalHost } from '../../reference/docker-hub.ts';
import type { Credentials } from './credentials.ts';

/** DockerConfig is what Docker's config.json and Podman's auth.json say about logins. */
export interface DockerConfig {
  /** By registry, or registry and path. */
  readonly auths: ReadonlyMap<string, Credentials>;
  /** The names of helpers, by registry. */
  readonly credHelpers: ReadonlyMap<string, string>;
  /** The helper for all other registries. */
  readonly credsStore: string | undefined;
}

/**
 * Parses the text of a config.json or auth.json. Entries of `auths` that hold no login say only that
 * a helper has one.
 *
 * @throws Error that says what is wrong, and never repeats the text
 */
export function parseDockerConfig(text: string): DockerConfig {
  const { auths, credHelpers, credsStore } = objectOf(parse(text));
  return {
    auths: mapOf(auths, readAuth),
    credHelpers: mapOf(credHelpers, (name) => (typeof name === 'string' ? name : undefined)),
    credsStore: typeof credsStore === 'string' && credsStore !== '' ? credsStore : undefined,
  };
}

/** Returns a key of `auths` or `credHelpers` as rules see a registry: Docker writes URLs as well. */
function normalizeKey(key: string): string {
  const bare = key.replace(/^https?:\/\//i, '');
  const [host = '', ...path] = bare.split('/');
  // `/v1/` and `/v2/` are the roots of the API, not namespaces.
  const segments = path.filter((segment) => segment !== '');
  const isRoot = segments.length === 1 && /^v[12]$/.test(segments[0] ?? '');
  return [canonicalHost(host), ...(isRoot ? [] : segments)].join('/');
}

function readAuth(value: unknown): Credentials | undefined {
  const { auth, username, password, identitytoken } = objectOf(value);
  if (typeof identitytoken === 'string' && identitytoken !== '')
    return { identityToken: identitytoken };
  if (typeof auth === 'string' && auth !== '') {
    const login = Buffer.from(auth, 'base64').toString('utf8');
    const [, name, secret] = /^([^:]+):(.*)$/s.exec(login) ?? [];
    // Docker ends some of them with a NUL.
    return loginOf(name, secret?.replace(/\0+$/, ''));
  }
  return loginOf(username, password);
}

/** Returns a login; `<token>` is the user of an identity token, which only helpers give. */
export function loginOf(username: unknown, password: unknown): Credentials | undefined {
  if (typeof username !== 'string' || typeof password !== 'string') return undefined;
  if (username === '' || password === '') return undefined;
  return username === '<token>' ? { identityToken: password } : { username, password };
}

function mapOf<T>(value: unknown, read: (entry: unknown) => T | undefined): Map<string, T> {
  const map = new Map<string, T>();
  for (const [key, entry] of Object.entries(objectOf(value))) {
    const known = read(entry);
    if (known !== undefined) map.set(normalizeKey(key), known);
  }
  return map;
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('is not valid JSON');
  }
}
