import { createHash } from 'node:crypto';
import { ApiError, type KubernetesApi, type Metadata } from './api.ts';

/** Where a rules file stands in a cluster. */
export interface ConfigMapReference {
  readonly namespace: string;
  readonly name: string;
  /** Without it `kubectl describe` does not find the events. */
  readonly uid?: string | undefined;
}

/** A ConfigMap with rules for its own namespace. */
export interface RulesConfigMap extends ConfigMapReference {
  readonly version: string;
  /** Undefined where it lacks the key. */
  readonly text: string | undefined;
}

interface ConfigMap {
  readonly metadata: Required<Metadata>;
  readonly data?: Readonly<Record<string, string>>;
}

const rulesLabel = 'image-detour/rules';
export const rulesKey = 'detour.yaml';
/** What the API server takes, in characters. */
const maxMessage = 1024;

/**
 * The ConfigMaps with rules, of each namespace the first by name. The API server answers from memory: they are asked for
 * over and over.
 */
export async function listRulesConfigMaps(api: KubernetesApi): Promise<RulesConfigMap[]> {
  const query = `labelSelector=${encodeURIComponent(`${rulesLabel}=true`)}&resourceVersion=0`;
  const { object } = await api.get<{ items?: readonly ConfigMap[] }>(`/api/v1/configmaps?${query}`);
  const first = new Map<string, RulesConfigMap>();
  for (const { metadata, data } of object.items ?? []) {
    const { namespace, name, uid, resourceVersion: version } = metadata;
    const other = first.get(namespace);
    if (other !== undefined && other.name < name) continue;
    first.set(namespace, { namespace, name, uid, version, text: data?.[rulesKey] });
  }
  return [...first.values()];
}

/** The same with its uid, where the service account may read it. */
export async function withUid(
  api: KubernetesApi,
  { namespace, name }: ConfigMapReference,
): Promise<ConfigMapReference> {
  const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
  try {
    return { namespace, name, uid: (await api.get<ConfigMap>(path)).object.metadata.uid };
  } catch (error) {
    if (error instanceof ApiError) return { namespace, name };
    throw error;
  }
}

/** Tells in an Event on the ConfigMap what is wrong with its rules; replicas that find the same tell it once. */
export async function tellInvalid(
  api: KubernetesApi,
  { namespace, name, uid }: ConfigMapReference,
  diagnostics: readonly string[],
): Promise<void> {
  const message = diagnostics.join('\n').slice(0, maxMessage);
  const about = createHash('sha256').update(`${uid} ${message}`).digest('hex').slice(0, 16);
  const now = new Date().toISOString();
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${about}`, namespace },
    involvedObject: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name, uid },
    type: 'Warning',
    reason: 'RulesInvalid',
    message,
    source: { component: 'image-detour' },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  };
  await api.create(`/api/v1/namespaces/${namespace}/events`, event).catch((error: unknown) => {
    if (!(error instanceof ApiError && error.status === 409)) throw error;
  });
}
