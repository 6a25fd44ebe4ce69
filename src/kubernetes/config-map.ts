import { ApiError, type KubernetesApi, type Metadata } from './api.ts';
import { firstObject } from './list.ts';
import { type ObjectEvent, type WatchEvent, watchObject, watchObjects } from './watch.ts';

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

/** ConfigMap is a ConfigMap, as far as it is read and written. */
export interface ConfigMap {
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
  const path = collectionOf(namespace);
  const found = await firstObject<ConfigMap>(api, { path, labelSelector, metadataOnly: true });
  return found && referenceTo(found);
}

/**
 * Watches one ConfigMap by its name, which takes rights to that ConfigMap only. Returns a function
 * that stops it.
 */
export function watchConfigMap(
  api: KubernetesApi,
  { namespace, name }: ConfigMapReference,
  on: (event: ObjectEvent<ConfigMapReference>) => void,
): () => void {
  const path = collectionOf(namespace);
  const options = { api, path, fieldSelector: `metadata.name=${name}`, metadataOnly: true };
  return watchObject<ConfigMap>(options, (event) =>
    on(
      event.type === 'now'
        ? { ...event, object: event.object && referenceTo(event.object) }
        : event,
    ),
  );
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
  const { object } = await api.get<ConfigMap>(configMapPath(configMap), {
    limit: maxRulesConfigMap,
  });
  return { text: object.data?.[rulesKey], version: object.metadata.resourceVersion };
}

/** Returns the path of a ConfigMap in the API. */
export function configMapPath({ namespace, name }: ConfigMapReference): string {
  return `${collectionOf(namespace)}/${name}`;
}

function collectionOf(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/configmaps`;
}

/** Returns a reference with the uid of its ConfigMap; without it if the API refuses to say it. */
export async function withUid(
  api: KubernetesApi,
  configMap: ConfigMapReference,
): Promise<ConfigMapReference> {
  try {
    const { object } = await api.get<ConfigMap>(configMapPath(configMap));
    return { ...configMap, uid: object.metadata.uid };
  } catch (error) {
    if (error instanceof ApiError) return configMap;
    throw error;
  }
}
