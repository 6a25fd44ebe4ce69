import type { KubernetesApi } from '../kubernetes/api.ts';
import {
  maxRulesConfigMap,
  type RulesConfigMap,
  readRules,
  rulesKey,
} from '../kubernetes/config-map.ts';
import { AnswerTooLargeError } from '../kubernetes/exchange.ts';
import type { RulesSource } from './source.ts';

/** What a ConfigMap holds instead of rules. Reading it again does not help; only its author can. */
export class NoRulesError extends Error {
  override name = 'NoRulesError';
}

/** ConfigMapSource reads the rules in a ConfigMap. */
export class ConfigMapSource implements RulesSource {
  readonly isLive = true;
  readonly name: string;
  readonly #api: KubernetesApi;
  readonly #configMap: RulesConfigMap;
  #version: string | undefined;

  constructor(api: KubernetesApi, configMap: RulesConfigMap) {
    this.#api = api;
    this.#configMap = configMap;
    this.name = `${configMap.namespace}/${configMap.name}`;
  }

  /** The version that was read last; before that, the one that is known to exist. */
  get version(): string {
    return this.#version ?? this.#configMap.version;
  }

  /** @throws NoRulesError, ApiError, or Error if the API cannot be reached */
  async read(): Promise<string | undefined> {
    const { text, version } = await readRules(this.#api, this.#configMap).catch((error) => {
      if (!(error instanceof AnswerTooLargeError)) throw error;
      throw new NoRulesError(
        `the ConfigMap has more than ${maxRulesConfigMap} bytes: remove everything but ${rulesKey}`,
      );
    });
    if (version === this.#version) return undefined;
    this.#version = version;
    if (text === undefined) throw new NoRulesError(`there is no key ${rulesKey}`);
    return text;
  }
}
