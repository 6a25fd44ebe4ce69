import { type Destination, fixedPart } from './destination.ts';
import type { Diagnostic } from './diagnostic.ts';
import { admitsNamespace } from './glob.ts';
import { positionOfKey } from './key-positions.ts';
import { type LoadedRules, loadRules, type ReadableRules, type RulesLimits } from './load.ts';
import type { Rule, RuleSet } from './rule-set.ts';
import type { RulesFile } from './schema.ts';

/**
 * Holds the limits for the rules of a namespace. Reading them holds up reviews, and whoever owns
 * them may change them each second: at these limits it takes a few milliseconds.
 */
export const namespaceLimits: RulesLimits = {
  length: 16 * 1024,
  // 200 rules of two keys are 3,600.
  lexemes: 5_000,
  // As JSON 1,000.
  entries: 2_000,
  lexeme: 8 * 1024,
  depth: 16,
  properties: 100,
  repeated: 1_000,
  documents: 1,
  mistakes: 10,
  // What one namespace keeps in memory must have an end.
  origins: 200,
  // The Event about them has ten.
  diagnostics: 20,
};
/** What such rules can say; the rest is for the cluster's file to decide. */
const keys: ReadonlySet<keyof RulesFile> = new Set(['$schema', 'version', 'mirror', 'rules']);

/** Reports whether the cluster's file lets a namespace add rules for itself. */
export function mayAddRules({ file: { namespaceRules } }: RuleSet, namespace: string): boolean {
  return namespaceRules !== undefined && admitsNamespace(namespaceRules.namespaces, namespace);
}

/**
 * Reads the rules that a namespace adds for itself. They apply if none of the cluster's rules
 * matches, and can send images only where the cluster's file allows it.
 */
export function loadNamespaceRules(text: string, cluster: RuleSet): LoadedRules {
  const { ruleSet, diagnostics } = loadRules(text, namespaceLimits, (readable) => [
    ...foreignKeys(readable),
    ...readable.rules.flatMap((rule) => refusals(rule, cluster)),
  ]);
  // The bypass has been taken off by the time these are asked.
  return { ruleSet: ruleSet && { ...ruleSet, bypass: '' }, diagnostics };
}

/**
 * Reports whether namespaces may send images there. Docker Hub has to be named as the cluster's
 * file names it.
 */
function allows({ namespaceDestinations }: RuleSet, { registry, path }: Destination): boolean {
  return namespaceDestinations.some(
    (allowed) =>
      allowed.registry.toLowerCase() === registry.toLowerCase() &&
      (allowed.path === '' || path === allowed.path || path.startsWith(`${allowed.path}/`)),
  );
}

function refusals(rule: Rule, cluster: RuleSet): Diagnostic[] {
  const { line, column, from, namespaces, destination } = rule;
  const at = { line, column, severity: 'error' } as const;
  const found: Diagnostic[] = [];
  if (namespaces !== undefined) {
    const message = `"${from}" has namespaces, but the rules of a namespace apply only in it`;
    found.push({ ...at, code: 'not-for-a-namespace', message });
  }
  if (destination !== undefined && !allows(cluster, fixedPart(destination))) {
    const message = `the cluster's rules do not let this namespace send images to ${destination.name}`;
    const expected = `a to under ${cluster.file.namespaceRules?.to.join(', ') ?? 'nothing'}`;
    found.push({ ...at, code: 'outside-allowed', message, expected });
  }
  return found;
}

function foreignKeys(readable: ReadableRules): Diagnostic[] {
  const written = Object.entries(readable.file).filter(([, value]) => value !== undefined);
  const foreign = written.map(([key]) => key).filter((key) => !keys.has(key as keyof RulesFile));
  return foreign.map((key) => ({
    ...positionOfKey(readable, key),
    severity: 'error',
    code: 'not-for-a-namespace',
    message: `only the cluster's rules can have ${key}`,
    expected: [...keys].join(', '),
  }));
}
