import type { EcrToken } from '../ecr/login.ts';
import { type EcrRegistry, ecrRegistry } from '../reference/ecr-registry.ts';
import { isConflict, isMissing, type KubernetesApi, type Metadata } from './api.ts';

export interface PullSecretOptions {
  readonly api: Pick<KubernetesApi, 'get' | 'update'>;
  /** The Secret, one in each of the namespaces. It must be there: whoever may create Secrets may create any. */
  readonly name: string;
  readonly namespaces: readonly string[];
  /** The hosts that the rules send images to. Asked each time, because rules change. */
  readonly hosts: () => readonly string[];
  readonly getToken: (region: string) => Promise<EcrToken>;
}

/** What there is to tell of one namespace's Secret. */
export interface PullSecretState {
  readonly namespace: string;
  /** The regions whose tokens this replica renewed in it. */
  readonly renewed: readonly string[];
  /** When the first of its tokens expires, in milliseconds since 1970; undefined where there is none, or it was not seen. */
  readonly expiresAt: number | undefined;
  /** What could not be done, and how to help. */
  readonly problems: readonly string[];
}

interface Secret {
  readonly metadata: Metadata & { readonly annotations?: Readonly<Record<string, string>> };
  readonly type: string;
  readonly data?: Readonly<Record<string, string>>;
}

/** https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets */
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
/** What Kubernetes lets a Secret hold. */
const maxData = 1024 * 1024;
/** A token lives for twelve hours; it is replaced in the second half of them. */
const renewBefore = 6 * 60 * 60 * 1000;
/** How often a Secret is read anew because another replica was faster. */
const maxConflicts = 5;

/**
 * Puts a token for each ECR registry that the rules name into each namespace's Secret, where the one that stands there is old.
 * Any number of replicas may do so at once: they see by an annotation what another one has done. Where nothing is due, AWS is
 * not asked. What cannot be done in one namespace or region does not keep the others from it.
 */
export async function refreshPullSecrets(options: PullSecretOptions): Promise<PullSecretState[]> {
  const { api, name, namespaces, hosts } = options;
  const registries = hosts().flatMap((host) => ecrRegistry(host) ?? []);
  if (registries.length === 0) return [];
  const regions = [...new Set(registries.map(({ region }) => region))];
  const getToken = onceEach(options.getToken);
  const states: PullSecretState[] = [];
  // One after the other: admissions come first.
  for (const namespace of namespaces)
    states.push(await refresh({ api, name, namespace, registries, regions, getToken }));
  return states;
}

async function refresh(task: Task): Promise<PullSecretState> {
  for (let conflicts = 0; ; conflicts++) {
    try {
      return await renewDue(task);
    } catch (error) {
      if (isConflict(error) && conflicts < maxConflicts) continue;
      const { namespace } = task;
      return { namespace, renewed: [], expiresAt: undefined, problems: [reasonOf(error)] };
    }
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
    // The API server's own clock, which all replicas share.
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

/** A token that another Secret needed is the same one. */
function onceEach<T>(get: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const kept = new Map<string, Promise<T>>();
  return (key) => {
    const promise = kept.get(key) ?? get(key);
    kept.set(key, promise);
    return promise;
  };
}

/** When the token of a region expires. Each region has its own, so that one which fails does not make others look old. */
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

/** A copy, by host. Kubernetes checks that the Secret holds a JSON object, but not what is in it. */
function readAuths(secret: Secret): Record<string, unknown> {
  const { auths } = readConfig(secret);
  return typeof auths === 'object' && !Array.isArray(auths) ? { ...auths } : {};
}

/** What `kubectl create secret docker-registry` writes: some readers want the two, some the one. */
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
