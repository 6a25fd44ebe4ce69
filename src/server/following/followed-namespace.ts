import type { Logger } from 'pino';
import type { KubernetesApi } from '../../kubernetes/api.ts';
import { type RulesConfigMap, reportInvalid, rulesKey } from '../../kubernetes/config-map.ts';
import { formatDiagnostic } from '../../rules/diagnostic.ts';
import { FollowedRules } from '../../rules/followed-rules.ts';
import { loadNamespaceRules } from '../../rules/namespace-rules.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { ConfigMapSource, NoRulesError } from '../../rules-source/config-map.ts';

/** NamespaceContext is what a namespace's rules depend on. */
export interface NamespaceContext {
  readonly api: KubernetesApi;
  /** The cluster's rules, which say what those of a namespace may contain. */
  readonly cluster: RuleSet;
  readonly logger: Logger;
}

/** How many diagnostics of a broken file are reported; more would hide what matters. */
const maxDiagnostics = 10;
/** The longest diagnostic that is reported, in characters: it may quote the file. */
const maxDiagnostic = 300;

/** FollowedNamespace follows the rules of one namespace. A broken file leaves the old ones in force. */
export class FollowedNamespace {
  readonly #rules = new FollowedRules();
  #version: string | undefined;
  #cluster: RuleSet | undefined;
  #isValid = false;

  /** The rules in force, if there are any. */
  get ruleSet(): RuleSet | undefined {
    return this.#rules.current;
  }

  /** Reports whether the ConfigMap's present text is in force. */
  get isValid(): boolean {
    return this.#isValid;
  }

  /**
   * Takes in a ConfigMap that has changed, and changed rules of the cluster. Returns false if neither
   * has.
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
    // A text that was valid is still known, so the API need not be asked.
    const problem = isNewText || !this.#isValid ? await this.#read(source) : undefined;
    this.#version = source.version;
    this.#cluster = cluster;
    this.#isValid = problem === undefined && !this.#rules.isBroken;
    this.#report(configMap, problem, context);
    return true;
  }

  /** Returns what is wrong with a ConfigMap that holds no rules. */
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
    // Whoever wrote them sees it, if the service account may create Events.
    void reportInvalid(api, configMap, diagnostics).catch(() => undefined);
  }

  #describe(): readonly string[] {
    return this.#rules.diagnostics
      .slice(0, maxDiagnostics)
      .map((one) => formatDiagnostic(rulesKey, one).slice(0, maxDiagnostic));
  }
}
