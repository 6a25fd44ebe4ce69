import type { EcrToken } from '../ecr/login.ts';
import { type EcrRegistry, ecrRegistry } from '../reference/ecr-registry.ts';
import { isMissing, type KubernetesApi, type Metadata } from './api.ts';
import { retryConflicts } from './conflict.ts';

/** PullSecretOptions are the Secrets to refresh, and where the tokens come from. */
export interface PullSecretOptions {
  readonly api: Pick<KubernetesApi, 'get' | 'update'>;
  /**
   * The Secret, which has this name in each of the namespaces. It must exist: a service account
   * that may create Secrets may create any Secret.
   */
  readonly name: string;
  readonly namespaces: readonly string[];
  /**
   * Returns the hosts that the rules send images to. It is called each time, because rules change.
   */
  readonly hosts: () => readonly string[];
  readonly getToken: (region: string) => Promise<EcrToken>;
}

/** PullSecretState is the state of the Secret in one namespace, and what this replica did to it. */
export interface PullSecretState {
  readonly namespace: string;
  /** The regions whose tokens this replica renewed. */
  readonly renewed: readonly string[];
  /**
   * When the first of its tokens expires, in milliseconds since 1970; undefined if it has no token,
   * or could not be read.
   */
  readonly expiresAt: number | undefined;
  /** What failed, each with what to do about it. */
  readonly problems: readonly string[];
}

interface Secret {
  readonly metadata: Metadata & { readonly annotations?: Readonly<Record<string, string>> };
  readonly type: string;
  readonly data?: Readonly<Record<string, string>>;
}

/** See https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets */
interface DockerConfig {
  readonly auths?: unknown;
}

interface Task extends Omit<PullSecretOptions, 'hosts' | 'namespaces'> {
  readonly namespace: string;
  readonly registries: readonly EcrRegistry[];
  readonly regions: readonly string[];
}

const secretType = 'kubernetes.io/dockerconfigjson';
const dataKey = '.dockerconfigjson';
/** The most that Kubernetes lets a Secret hold, in bytes. */
const maxData = 1024 * 1024;
/**
 * Tokens live for twelve hours. They are renewed in the second half, in milliseconds before their
 * end.
 */
const renewBefore = 6 * 60 * 60 * 1000;

/**
 * Writes a token for each ECR registry that the rules name into the Secret of each namespace, if
 * its token is old. Any number of replicas may do so at once: an annotation shows each what another
 * has done. If nothing is due, AWS is not asked. A failure in one namespace or region does not
 * affect the others; it is in the returned states.
 */
export async function refreshPullSecrets(options: PullSecretOptions): Promise<PullSecretState[]> {
  const { api, name, namespaces, hosts } = options;
  const registries = hosts().flatMap((host) => ecrRegistry(host) ?? []);
  if (registries.length === 0) return [];
  const regions = [...new Set(registries.map(({ region }) => region))];
  const getToken = onceEach(options.getToken);
  const states: PullSecretState[] = [];
  // One after the other, because admissions come first.
  for (const namespace of namespaces)
    states.push(await refresh({ api, name, namespace, registries, regions, getToken }));
  return states;
}

async function refresh(task: Task): Promise<PullSecretState> {
  try {
    return await retryConflicts(() => renewDue(task));
  } catch (error) {
    const { namespace } = task;
    return { namespace, renewed: [], expiresAt: undefined, problems: [reasonOf(error)] };
  }
}

async function renewDue(task: Task): Promise<PullSecretState> {
  const { api, name, namespace, registries, regions, getToken } = task;
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
  const { object: secret, time } = await api.get<Secret>(path).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
    throw new Error(`there is no Secret ${name}: ${creating(task)}`);
  });
  if (secret.type !== secretType)
    throw new Error(
      `the Secret ${name} is of type ${secret.type}: delete it, then ${creating(task)}`,
    );

  const auths = readAuths(secret);
  const expiries = { ...secret.metadata.annotations };
  const renewed: string[] = [];
  const problems: string[] = [];
  for (const region of regions) {
    const hosts = registries.filter((registry) => registry.region === region);
    const isWhole = hosts.every(({ host }) => Object.hasOwn(auths, host));
    const expiry = Date.parse(expiries[annotation(region)] ?? '');
    // The time is from the API server's clock, which all replicas share.
    if (isWhole && expiry - time > renewBefore) continue;
    try {
      const token = await getToken(region);
      for (const { host } of hosts) auths[host] = toAuth(token);
      expiries[annotation(region)] = new Date(token.expiresAt).toISOString();
      renewed.push(region);
    } catch (error) {
      problems.push(reasonOf(error));
    }
  }
  if (renewed.length > 0) await api.update<Secret>(path, withAuths(secret, auths, expiries));
  return { namespace, renewed, expiresAt: firstExpiry(regions, expiries), problems };
}

/** Caches promises by key: Secrets that need the token of the same region share it. */
function onceEach<T>(get: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const promises = new Map<string, Promise<T>>();
  return (key) => {
    const promise = promises.get(key) ?? get(key);
    promises.set(key, promise);
    return promise;
  };
}

/**
 * Returns the annotation that says when the token of a region expires. Each region has its own, so
 * that a region that fails does not make the tokens of others look old.
 */
function annotation(region: string): string {
  return `image-detour/expires-at.${region}`;
}

function firstExpiry(
  regions: readonly string[],
  expiries: Readonly<Record<string, string>>,
): number | undefined {
  const times = regions.map((region) => Date.parse(expiries[annotation(region)] ?? ''));
  const known = times.filter((time) => !Number.isNaN(time));
  return known.length === 0 ? undefined : Math.min(...known);
}

function readConfig({ data }: Secret): DockerConfig {
  return JSON.parse(Buffer.from(data?.[dataKey] ?? '', 'base64').toString('utf8') || '{}') ?? {};
}

/**
 * Returns a copy of the credentials, by host. Kubernetes checks that the Secret has a JSON object,
 * but not what is in it.
 */
function readAuths(secret: Secret): Record<string, unknown> {
  const { auths } = readConfig(secret);
  return typeof auths === 'object' && !Array.isArray(auths) ? { ...auths } : {};
}

/**
 * Returns what `kubectl create secret docker-registry` writes: some readers need `username` and
 * `password`, others need `auth`.
 */
function toAuth({ username, password }: EcrToken) {
  return { username, password, auth: Buffer.from(`${username}:${password}`).toString('base64') };
}

function withAuths(
  secret: Secret,
  auths: Record<string, unknown>,
  annotations: Record<string, string>,
): Secret {
  const config = Buffer.from(JSON.stringify({ ...readConfig(secret), auths }));
  if (config.length > maxData)
    throw new Error(`the Secret would be larger than 1 MiB: ${config.length} bytes of credentials`);
  return {
    ...secret,
    metadata: { ...secret.metadata, annotations },
    data: { ...secret.data, [dataKey]: config.toString('base64') },
  };
}

function creating({ name, namespace }: Task): string {
  return `kubectl create secret generic ${name} --namespace ${namespace} --type ${secretType} --from-literal '${dataKey}={"auths":{}}'`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
