import { isMissing, type KubernetesApi } from './api.ts';
import { type ConfigMap, type ConfigMapReference, configMapPath, rulesKey } from './config-map.ts';
import { retryConflicts } from './conflict.ts';

/** The most that Kubernetes lets a ConfigMap hold, in bytes. */
const maxData = 1024 * 1024;

/**
 * LastGoodRules is the ConfigMap with the last rules that were valid. All replicas share it. It must
 * exist: a service account that may create ConfigMaps may create any ConfigMap.
 *
 * Its methods throw ApiError if the API refuses, and Error if there is no ConfigMap or the API
 * cannot be reached.
 */
export class LastGoodRules {
  readonly name: string;
  readonly #api: KubernetesApi;
  readonly #configMap: ConfigMapReference;
  readonly #path: string;

  constructor(api: KubernetesApi, configMap: ConfigMapReference) {
    this.name = `${configMap.namespace}/${configMap.name}`;
    this.#api = api;
    this.#configMap = configMap;
    this.#path = configMapPath(configMap);
  }

  /** Returns the text of the rules; undefined if none was written yet. */
  async read(): Promise<string | undefined> {
    return (await this.#get()).data?.[rulesKey];
  }

  /** Writes the text of rules unless they are there already, and reports whether it wrote. */
  async write(text: string): Promise<boolean> {
    const size = Buffer.byteLength(text);
    if (size > maxData) throw new Error(`the rules have ${size} bytes; a ConfigMap has ${maxData}`);
    return await retryConflicts(async () => {
      const configMap = await this.#get();
      if (configMap.data?.[rulesKey] === text) return false;
      await this.#api.update(this.#path, { ...configMap, data: { [rulesKey]: text } });
      return true;
    });
  }

  async #get(): Promise<ConfigMap> {
    const { object } = await this.#api.get<ConfigMap>(this.#path).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
      const { namespace, name } = this.#configMap;
      throw new Error(
        `there is no ConfigMap ${name}: kubectl create configmap ${name} --namespace ${namespace}`,
      );
    });
    return object;
  }
}
