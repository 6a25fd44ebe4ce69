import type { Logger } from 'pino';
import type { KubernetesApi } from '../../kubernetes/api.ts';
import { type RulesConfigMap, rulesKey } from '../../kubernetes/config-map.ts';
import { reportEvent } from '../../kubernetes/config-map-event.ts';
import { formatDiagnostic } from '../../rules/diagnostic.ts';
import { FollowedRules } from '../../rules/followed-rules.ts';
import { loadNamespaceRules } from '../../rules/namespace-rules.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { ConfigMapSource, NoRulesError } from '../../rules-source/config-map.ts';

/** NamespaceContext is what the rules of a namespace depend on. */
export interface NamespaceContext {
  readonly api: KubernetesApi;
  /** The cluster's rules, which define what the rules of a namespace may contain. */
  readonly cluster: RuleSet;
  readonly logger: Logger;
}

/** The most diagnostics of a broken file that are reported: more would hide what matters. */
const maxDiagnostics = 10;
/** The longest diagnostic that is reported, in characters: it may quote the file. */
const maxDiagnostic = 300;

/**
 * FollowedNamespace follows the rules of one namespace. If a new file is broken, the old rules stay
 * in force.
 */
export class FollowedNamespace {
  readonly #rules = new FollowedRules();
  #version: string | undefined;
  #cluster: RuleSet | undefined;
  #isValid = false;

  /** Returns the rules in force; undefined if there are none. */
  get ruleSet(): RuleSet | undefined {
    return this.#rules.current;
  }

  /** Reports whether the current text of the ConfigMap is in force. */
  get isValid(): boolean {
    return this.#isValid;
  }

  /**
   * Applies changes to the ConfigMap and to the rules of the cluster. Returns false if there are
   * none.
   *
   * @throws ApiError, or Error if the API cannot be reached
   */
  async refresh(configMap: RulesConfigMap, context: NamespaceContext): Promise<boolean> {
    const { api, cluster } = context;
    const isNewText = configMap.version !== this.#version;
    const isNewCluster = cluster !== this.#cluster;
    if (!isNewText && !isNewCluster) return false;
    if (isNewCluster) this.#rules.reload((text) => loadNamespaceRules(text, cluster));
    const source = new ConfigMapSource(api, configMap);
    // A text that was valid is still in memory, so the API is not asked.
    const problem = isNewText || !this.#isValid ? await this.#read(source) : undefined;
    this.#version = source.version;
    this.#cluster = cluster;
    this.#isValid = problem === undefined && !this.#rules.isBroken;
    this.#report(configMap, problem, context);
    return true;
  }

  /** Reads the rules. Returns what is wrong with a ConfigMap that contains no rules. */
  async #read(source: ConfigMapSource): Promise<string | undefined> {
    try {
      const text = await source.read();
      if (text !== undefined) this.#rules.accept(text);
      return undefined;
    } catch (error) {
      if (error instanceof NoRulesError) return error.message;
      throw error;
    }
  }

  #report(
    configMap: RulesConfigMap,
    problem: string | undefined,
    { api, logger }: NamespaceContext,
  ): void {
    const file = `${configMap.namespace}/${configMap.name}`;
    if (this.#isValid) {
      const rules = this.ruleSet?.rules.length;
      logger.info({ file, rules }, 'rules of a namespace loaded');
      return;
    }
    const diagnostics = problem === undefined ? this.#describe() : [problem];
    logger.warn({ file, diagnostics }, 'the rules of a namespace are broken; its old ones stay');
    // The author sees the Event, if the service account may create Events.
    const event = { type: 'Warning', reason: 'RulesInvalid', lines: diagnostics } as const;
    void reportEvent(api, configMap, event).catch(() => undefined);
  }

  #describe(): readonly string[] {
    return this.#rules.diagnostics
      .slice(0, maxDiagnostics)
      .map((one) => formatDiagnostic(rulesKey, one).slice(0, maxDiagnostic));
  }
}
