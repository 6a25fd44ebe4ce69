import type { Logger } from 'pino';
import type { KubernetesApi } from '../kubernetes/api.ts';
import {
  maxRulesConfigMap,
  type RulesConfigMap,
  readRulesText,
  rulesKey,
  tellInvalid,
} from '../kubernetes/config-map.ts';
import { AnswerTooLargeError } from '../kubernetes/exchange.ts';
import { formatDiagnostic } from '../rules/diagnostic.ts';
import { loadNamespaceRules } from '../rules/namespace-rules.ts';
import type { RuleSet } from '../rules/rule-set.ts';

/** What is known of one namespace's rules. */
export interface NamespaceEntry {
  readonly version: string;
  /** The cluster's rules under which it was read: what they allow may have changed. */
  readonly cluster: RuleSet;
  readonly isValid: boolean;
  /** The last text that was valid, and what it compiles to. */
  readonly text: string | undefined;
  readonly ruleSet: RuleSet | undefined;
}

export interface EntryContext {
  readonly api: KubernetesApi;
  readonly cluster: RuleSet;
  readonly logger: Logger;
}

/** How many diagnostics of a broken file are reported; more hide what matters. */
const maxDiagnostics = 10;
/** The longest diagnostic that is reported, in characters: they repeat what the file says. */
const maxDiagnostic = 300;

/** Reads the rules of a namespace. A broken file leaves the rules of `before` in force. */
export async function readEntry(
  configMap: RulesConfigMap,
  before: NamespaceEntry | undefined,
  context: EntryContext,
): Promise<NamespaceEntry> {
  const { cluster } = context;
  if (before?.version === configMap.version) {
    if (before.cluster === cluster) return before;
    // What was valid needs no second look at the API.
    if (before.isValid) return judge({ ...before, configMap }, before, context);
  }
  return judge({ configMap, ...(await readText(context.api, configMap)) }, before, context);
}

interface Read {
  readonly configMap: RulesConfigMap;
  readonly version: string;
  readonly text?: string | undefined;
  readonly problem?: string;
}

async function readText(
  api: KubernetesApi,
  configMap: RulesConfigMap,
): Promise<Omit<Read, 'configMap'>> {
  try {
    return await readRulesText(api, configMap);
  } catch (error) {
    if (!(error instanceof AnswerTooLargeError)) throw error;
    const problem = `the ConfigMap has more than ${maxRulesConfigMap} bytes: remove everything but ${rulesKey}`;
    return { version: configMap.version, problem };
  }
}

function judge(
  { configMap, version, text, problem }: Read,
  before: NamespaceEntry | undefined,
  { api, cluster, logger }: EntryContext,
): NamespaceEntry {
  const { ruleSet, diagnostics } = load(text, cluster, problem);
  const file = `${configMap.namespace}/${configMap.name}`;
  const known = { version, cluster };
  if (ruleSet !== undefined) {
    logger.info({ file, rules: ruleSet.rules.length }, 'rules of a namespace loaded');
    return { ...known, isValid: true, text, ruleSet };
  }
  logger.warn({ file, diagnostics }, 'the rules of a namespace are broken; its old ones stay');
  // Shown to whoever wrote them, if the service account may create Events.
  void tellInvalid(api, configMap, diagnostics).catch(() => undefined);
  const last = before?.text === undefined ? undefined : load(before.text, cluster).ruleSet;
  return { ...known, isValid: false, text: before?.text, ruleSet: last };
}

function load(
  text: string | undefined,
  cluster: RuleSet,
  problem = `there is no key ${rulesKey}`,
): { ruleSet: RuleSet | undefined; diagnostics: readonly string[] } {
  if (text === undefined) return { ruleSet: undefined, diagnostics: [problem] };
  const { ruleSet, diagnostics } = loadNamespaceRules(text, cluster);
  const lines = diagnostics
    .slice(0, maxDiagnostics)
    .map((one) => formatDiagnostic(rulesKey, one).slice(0, maxDiagnostic));
  return { ruleSet, diagnostics: lines };
}
