import type { NamespaceRules } from '../../src/admission/decide-pod.ts';
import type { Manifest } from '../../src/manifest/find-images.ts';
import type { Diagnostic } from '../../src/rules/diagnostic.ts';
import { loadNamespaceRules, mayAddRules } from '../../src/rules/namespace-rules.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';

/** FoundRules are the rules of namespaces in a manifest, and the errors in them. */
interface FoundRules {
  readonly namespaceRules: NamespaceRules;
  readonly errors: readonly Diagnostic[];
}

/** RulesConfigMap is a ConfigMap with rules for its namespace. */
interface RulesConfigMap {
  readonly namespace: string;
  readonly name: string;
  readonly text: string;
}

const rulesKey = 'detour.yaml';

/**
 * Reads the rules that namespaces add for themselves from the ConfigMaps of a manifest, as the
 * webhook does: of one namespace only the first by name.
 */
export function readNamespaceRules(manifest: Manifest, text: string, cluster: RuleSet): FoundRules {
  const namespaceRules = new Map<string, RuleSet>();
  const errors: Diagnostic[] = [];
  const seen = new Set<string>();
  const sorted = manifest.documents
    .flatMap(itemsOf)
    .flatMap(asRulesConfigMap)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const configMap of sorted) {
    const { namespace, name } = configMap;
    if (seen.has(namespace) || !mayAddRules(cluster, namespace)) continue;
    seen.add(namespace);
    const { ruleSet, diagnostics } = loadNamespaceRules(configMap.text, cluster);
    if (ruleSet !== undefined) namespaceRules.set(namespace, ruleSet);
    for (const one of ruleSet === undefined ? diagnostics : []) {
      const file = `${namespace}/${name} ${rulesKey}:${one.line}:${one.column}`;
      errors.push({ ...one, file, line: lineOf(name, text), column: 1 });
    }
  }
  return { namespaceRules, errors };
}

function itemsOf(document: unknown): unknown[] {
  const { items } = (document ?? {}) as { items?: unknown };
  return Array.isArray(items) ? items : [document];
}

function asRulesConfigMap(object: unknown): RulesConfigMap[] {
  const { kind, metadata, data } = (object ?? {}) as {
    kind?: unknown;
    metadata?: {
      name?: unknown;
      namespace?: unknown;
      labels?: Record<string, unknown> | null;
    } | null;
    data?: Record<string, unknown> | null;
  };
  const text = data?.[rulesKey];
  const isRules = metadata?.labels?.['image-detour/rules'] === 'true';
  if (kind !== 'ConfigMap' || !isRules || typeof text !== 'string') return [];
  const namespace = String(metadata?.namespace ?? 'default');
  return [{ namespace, name: String(metadata?.name ?? ''), text }];
}

/** Returns the line that names the ConfigMap: documents are read without positions. */
function lineOf(name: string, text: string): number {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => /\bname["']?:/.test(line) && line.includes(name));
  return at + 1 || 1;
}
