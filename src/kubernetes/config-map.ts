import { createHash } from 'node:crypto';
import { ApiError, type KubernetesApi, type Metadata } from './api.ts';
import { firstObject } from './list.ts';
import { type WatchEvent, watchObjects } from './watch.ts';

/** ConfigMapReference names a ConfigMap that contains a rules file. */
export interface ConfigMapReference {
  readonly namespace: string;
  readonly name: string;
  /** Events without it are not found by `kubectl describe`. */
  readonly uid?: string | undefined;
}

/** RulesConfigMap names a ConfigMap with rules for its own namespace, and its resourceVersion. */
export interface RulesConfigMap extends ConfigMapReference {
  readonly version: string;
}

interface ConfigMap {
  readonly metadata: Required<Metadata>;
  readonly data?: Readonly<Record<string, string>>;
}

const labelSelector = 'image-detour/rules=true';
/** rulesKey is the key of a ConfigMap that contains the rules file. */
export const rulesKey = 'detour.yaml';
/**
 * maxRulesConfigMap is the largest ConfigMap whose rules are read, in bytes of JSON: parsing more
 * would hold up reviews.
 */
export const maxRulesConfigMap = 512 * 1024;
/** The longest message that the API server accepts, in characters. */
const maxMessage = 1024;
/** The longest name, less what is appended for an Event. */
const maxName = 230;

/** Watches the ConfigMaps with rules in all namespaces. Returns a function that stops it. */
export function watchRulesConfigMaps(
  api: KubernetesApi,
  on: (event: WatchEvent<RulesConfigMap>) => void,
): () => void {
  // The API server sends metadata only: large data in one namespace must not keep the rules of
  // others from being read.
  const options = { api, path: '/api/v1/configmaps', labelSelector, metadataOnly: true };
  return watchObjects<ConfigMap>(options, (event) =>
    on('object' in event ? { ...event, object: referenceTo(event.object) } : event),
  );
}

/**
 * Returns the ConfigMap that contains the rules of a namespace: the first by name. Returns
 * undefined if there is none.
 */
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

/**
 * Returns the rules in a ConfigMap, and its resourceVersion. The text is undefined if the key is
 * missing.
 */
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

/** Returns a reference with the uid of its ConfigMap; without it if the API refuses to say it. */
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

/**
 * Reports the mistakes in the rules of a ConfigMap by an Event on it. Replicas that find the same
 * mistakes create one Event.
 */
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
