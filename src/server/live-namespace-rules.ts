import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { NamespaceRules } from '../admission/decide-pod.ts';
import type { KubernetesApi } from '../kubernetes/api.ts';
import {
  listRulesConfigMaps,
  type RulesConfigMap,
  readRulesText,
  rulesKey,
  tellInvalid,
} from '../kubernetes/config-map.ts';
import { formatDiagnostic } from '../rules/diagnostic.ts';
import { admitsNamespace } from '../rules/glob.ts';
import { loadNamespaceRules } from '../rules/namespace-rules.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { FollowContext } from './live-certificate.ts';
import { countResults, type Metric } from './metric.ts';
import { repeated } from './repeat.ts';

export interface LiveNamespaceRules {
  current(): NamespaceRules;
  stop(): void;
}

/** How often the ConfigMaps are looked at, in milliseconds. */
const interval = 5_000;
/** The same while they have never been read. */
const firstInterval = 1_000;
/** Those further on, by name, have no rules of their own: what is kept in memory must have an end. */
const maxNamespaces = 300;
/** Of a broken file; more hides what matters. */
const maxTold = 10;

/** What is known of one namespace's rules. */
interface Entry {
  readonly version: string;
  /** The cluster's rules under which it was read: what they allow may have changed. */
  readonly cluster: RuleSet;
  readonly isValid: boolean;
  /** The last text that was right, and what it compiles to. */
  readonly text: string | undefined;
  readonly ruleSet: RuleSet | undefined;
}

const nothing = { version: '', isValid: false, text: undefined, ruleSet: undefined };

/**
 * Keeps the rules in force that namespaces add for themselves. A broken edit leaves the old ones of its namespace. Resolves
 * when they have been looked at for the first time.
 */
export async function keepNamespaceRules(
  api: KubernetesApi,
  cluster: () => RuleSet,
  { metrics, logger }: FollowContext,
): Promise<LiveNamespaceRules> {
  let entries: ReadonlyMap<string, Entry> = new Map();
  let current: NamespaceRules = new Map();
  const reads = countResults(
    'detour_namespace_rules_reads_total',
    'Times the ConfigMaps with rules of namespaces were looked at.',
  );
  metrics.register(
    reads,
    countEntries(() => entries),
  );
  const keeping = repeated(
    async () => {
      const now = new Map<string, Entry>();
      for (const found of await listAllowed(api, cluster())) {
        const before = entries.get(found.namespace);
        const entry = await readEntry(found, before, { api, cluster, logger });
        now.set(found.namespace, entry);
        // Reviews go in between.
        if (entry !== before) await turn();
      }
      entries = now;
      current = inForce(now);
    },
    {
      ...{ interval, logger, message: 'the rules of namespaces cannot be read; the old ones stay' },
      ended: (result) => reads.add(result),
    },
  );
  // What a namespace denies must hold from the first review on.
  while (!(await keeping.run())) await sleep(firstInterval);
  keeping.start();
  return { current: () => current, stop: keeping.stop };
}

async function listAllowed(
  api: KubernetesApi,
  { file: { namespaceRules } }: RuleSet,
): Promise<RulesConfigMap[]> {
  // Without leave of the cluster's file nothing is asked.
  if (namespaceRules === undefined) return [];
  const found = await listRulesConfigMaps(api);
  return found
    .filter(({ namespace }) => admitsNamespace(namespaceRules.namespaces, namespace))
    .slice(0, maxNamespaces);
}

async function readEntry(
  configMap: RulesConfigMap,
  before: Entry | undefined,
  context: {
    readonly api: KubernetesApi;
    readonly cluster: () => RuleSet;
    readonly logger: Logger;
  },
): Promise<Entry> {
  const { namespace, name, version } = configMap;
  const { api, logger } = context;
  const cluster = context.cluster();
  if (before?.version === version && before.cluster === cluster) return before;
  const text = await readRulesText(api, configMap).catch((error: Error) => error);
  if (text instanceof Error) {
    // No reason to keep other namespaces waiting.
    logger.warn({ namespace, name, reason: text.message }, 'rules of a namespace cannot be read');
    return before ?? { ...nothing, cluster };
  }
  const { ruleSet, diagnostics } = read(text, cluster);
  const file = `${namespace}/${name}`;
  if (ruleSet !== undefined) {
    logger.info({ file, rules: ruleSet.rules.length }, 'rules of a namespace read');
    return { version, cluster, isValid: true, text, ruleSet };
  }
  logger.warn({ file, diagnostics }, 'rules of a namespace are broken; its old ones stay');
  // To whom they belong, where the service account may.
  void tellInvalid(api, configMap, diagnostics).catch(() => undefined);
  const lastText = before?.text;
  const last = lastText === undefined ? undefined : read(lastText, cluster).ruleSet;
  return { version, cluster, isValid: false, text: lastText, ruleSet: last };
}

function read(
  text: string | undefined,
  cluster: RuleSet,
): { ruleSet: RuleSet | undefined; diagnostics: readonly string[] } {
  if (text === undefined) {
    return { ruleSet: undefined, diagnostics: [`there is no key ${rulesKey}`] };
  }
  const { ruleSet, diagnostics } = loadNamespaceRules(text, cluster);
  const told = diagnostics.slice(0, maxTold);
  return { ruleSet, diagnostics: told.map((one) => formatDiagnostic(rulesKey, one)) };
}

function inForce(entries: ReadonlyMap<string, Entry>): NamespaceRules {
  const rules = new Map<string, RuleSet>();
  for (const [namespace, { ruleSet }] of entries) {
    if (ruleSet !== undefined) rules.set(namespace, ruleSet);
  }
  return rules;
}

function countEntries(entries: () => ReadonlyMap<string, Entry>): Metric {
  const count = (wanted: boolean) =>
    [...entries().values()].filter(({ isValid }) => isValid === wanted).length;
  return {
    name: 'detour_namespace_rules',
    help: 'Namespaces with rules of their own, by whether those are in force as they are now.',
    type: 'gauge',
    samples: () => [
      { value: count(true), labels: { state: 'valid' } },
      { value: count(false), labels: { state: 'invalid' } },
    ],
  };
}
