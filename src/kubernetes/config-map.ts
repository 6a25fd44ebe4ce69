import { createHash } from 'node:crypto';
import { ApiError, type KubernetesApi, type Metadata, metadataOnly } from './api.ts';

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
}

interface ConfigMap {
  readonly metadata: Required<Metadata>;
  readonly data?: Readonly<Record<string, string>>;
}

interface Page {
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly ConfigMap[];
}

const rulesLabel = 'image-detour/rules';
export const rulesKey = 'detour.yaml';
/** What the API server takes, in characters. */
const maxMessage = 1024;
/** Of a name, less what is put behind it. */
const maxName = 230;
/** Metadata alone can be 256 KiB each. */
const pageSize = 40;

/**
 * The ConfigMaps with rules, of each namespace the first by name. Only their metadata is read: what one namespace writes into
 * its own must not keep another's from being read.
 */
export async function listRulesConfigMaps(api: KubernetesApi): Promise<RulesConfigMap[]> {
  const first = new Map<string, RulesConfigMap>();
  let next: string | undefined;
  do {
    const query = new URLSearchParams({
      labelSelector: `${rulesLabel}=true`,
      limit: `${pageSize}`,
    });
    if (next !== undefined) query.set('continue', next);
    const { object } = await api.get<Page>(`/api/v1/configmaps?${query}`, metadataOnly);
    for (const { metadata } of object.items ?? []) {
      const { namespace, name, uid, resourceVersion: version } = metadata;
      const other = first.get(namespace);
      if (other === undefined || name < other.name)
        first.set(namespace, { namespace, name, uid, version });
    }
    next = object.metadata?.continue || undefined;
  } while (next !== undefined);
  return [...first.values()];
}

/** The rules in a ConfigMap; undefined where it lacks the key. */
export async function readRulesText(
  api: KubernetesApi,
  configMap: ConfigMapReference,
): Promise<string | undefined> {
  return (await api.get<ConfigMap>(pathOf(configMap))).object.data?.[rulesKey];
}

function pathOf({ namespace, name }: ConfigMapReference): string {
  return `/api/v1/namespaces/${namespace}/configmaps/${name}`;
}

/** The same with its uid, where the service account may read it. */
export async function withUid(
  api: KubernetesApi,
  configMap: ConfigMapReference,
): Promise<ConfigMapReference> {
  try {
    const { object } = await api.get<ConfigMap>(pathOf(configMap));
    return { ...configMap, uid: object.metadata.uid };
  } catch (error) {
    if (error instanceof ApiError) return configMap;
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
    metadata: { name: `${name.slice(0, maxName)}.${about}`, namespace },
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
