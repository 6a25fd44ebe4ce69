import type { KubernetesApi } from '../kubernetes/api.ts';
import {
  maxRulesConfigMap,
  type RulesConfigMap,
  readRules,
  rulesKey,
} from '../kubernetes/config-map.ts';
import { AnswerTooLargeError } from '../kubernetes/exchange.ts';
import type { RulesSource } from './source.ts';

/**
 * NoRulesError reports a ConfigMap that contains no rules. Reading it again does not help: its
 * author must change it.
 */
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

  /**
   * Returns the version that was read last; before the first read, the version that is known to
   * exist.
   */
  get version(): string {
    return this.#version ?? this.#configMap.version;
  }

  /**
   * Reads the rules.
   *
   * @throws NoRulesError if the ConfigMap is too large or has no rules, ApiError if the API
   *   refuses, or Error if it cannot be reached
   */
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
