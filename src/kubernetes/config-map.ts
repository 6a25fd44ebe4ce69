import { createHash } from 'node:crypto';
import { ApiError, type KubernetesApi, type Metadata } from './api.ts';
import { firstObject } from './list.ts';
import { type WatchEvent, watchObjects } from './watch.ts';

/** Names a ConfigMap that holds a rules file. */
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

const labelSelector = 'image-detour/rules=true';
export const rulesKey = 'detour.yaml';
/** The largest ConfigMap whose rules are read, in bytes of JSON: parsing more would hold up reviews. */
export const maxRulesConfigMap = 512 * 1024;
/** The longest message that the API server takes, in characters. */
const maxMessage = 1024;
/** The longest name, less what an Event appends to it. */
const maxName = 230;

/** Follows the ConfigMaps with rules of all namespaces. Returns what stops it. */
export function watchRulesConfigMaps(
  api: KubernetesApi,
  on: (event: WatchEvent<RulesConfigMap>) => void,
): () => void {
  // Only metadata is sent: what one namespace writes into its own must not keep another's from being read.
  const options = { api, path: '/api/v1/configmaps', labelSelector, metadataOnly: true };
  return watchObjects<ConfigMap>(options, (event) =>
    on('object' in event ? { ...event, object: referenceTo(event.object) } : event),
  );
}

/** Returns the ConfigMap that holds the rules of a namespace, if there is one: the first by name. */
export async function firstRulesConfigMap(
  api: KubernetesApi,
  namespace: string,
): Promise<RulesConfigMap | undefined> {
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const found = await firstObject<ConfigMap>(api, { path, labelSelector, metadataOnly: true });
  return found && referenceTo(found);
}

function referenceTo({ metadata }: ConfigMap): RulesConfigMap {
  const { namespace, name, uid, resourceVersion: version } = metadata;
  return { namespace, name, uid, version };
}

/** Returns the rules in a ConfigMap, and its version. The text is undefined if the key is missing. */
export async function readRules(
  api: KubernetesApi,
  configMap: ConfigMapReference,
): Promise<{ text: string | undefined; version: string }> {
  const { object } = await api.get<ConfigMap>(pathOf(configMap), { limit: maxRulesConfigMap });
  return { text: object.data?.[rulesKey], version: object.metadata.resourceVersion };
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

/** Reports the mistakes in a ConfigMap's rules by an Event on it; replicas that find the same create one. */
export async function reportInvalid(
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
