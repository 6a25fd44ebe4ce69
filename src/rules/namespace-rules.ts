import type { Diagnostic } from './diagnostic.ts';
import { type LoadedRules, loadRules } from './load.ts';
import type { Rule, RuleSet } from './rule-set.ts';
import type { RulesFile } from './schema.ts';

/** The largest rules of a namespace, in characters. Reading them holds up reviews, and whose they are may change them each second. */
const maxLength = 16 * 1024;
/** Origins; what one namespace keeps in memory must have an end. */
const maxOrigins = 200;
/** What such rules can say; the rest is for the cluster's file to decide. */
const keys = new Set<keyof RulesFile>(['$schema', 'version', 'mirror', 'pullSecrets', 'rules']);

/**
 * Reads the rules that a namespace adds for itself. They are asked where the cluster's have none, and can send images only
 * where the cluster's file allows it.
 */
export function loadNamespaceRules(text: string, cluster: RuleSet): LoadedRules {
  if (text.length > maxLength) {
    const message = `the rules have ${text.length} characters`;
    return refused({ code: 'too-large', message, expected: `at most ${maxLength}` });
  }
  const { ruleSet, diagnostics } = loadRules(text);
  if (ruleSet === undefined) return { ruleSet, diagnostics };
  if (ruleSet.rules.length > maxOrigins) {
    const message = `the rules have ${ruleSet.rules.length} origins`;
    return refused({ code: 'too-large', message, expected: `at most ${maxOrigins}` });
  }
  const refusals = [
    ...foreignKeys(ruleSet),
    ...ruleSet.rules.flatMap((rule) => refusal(rule, cluster)),
  ];
  const all = [...diagnostics, ...refusals];
  if (refusals.length > 0) return { ruleSet: undefined, diagnostics: all };
  // The bypass has been taken off by the time these are asked.
  return { ruleSet: { ...ruleSet, bypass: '' }, diagnostics: all };
}

/** Whether namespaces may send images there. */
function allowsTarget({ file }: RuleSet, to: string): boolean {
  const name = withLowerCaseHost(to);
  return (file.namespaceRules?.to ?? []).some((allowed) => {
    const prefix = withLowerCaseHost(allowed);
    return name === prefix || name.startsWith(`${prefix}/`);
  });
}

function refusal(rule: Rule, cluster: RuleSet): Diagnostic[] {
  const { line, column, from, to, namespaces } = rule;
  const at = { line, column, severity: 'error' } as const;
  if (namespaces !== undefined) {
    const message = `"${from}" names namespaces, but holds in its own only`;
    return [{ ...at, code: 'not-for-a-namespace', message }];
  }
  if (rule.action !== 'rewrite') return [];
  // In a wildcard's `to` the host of the image is not known yet; what stands before it is.
  const fixed = to.split('/${registry}')[0] as string;
  if (!allowsTarget(cluster, fixed)) {
    const message = `the cluster's rules do not let this namespace send images to ${to}`;
    const expected = `a to below ${cluster.file.namespaceRules?.to.join(', ') ?? 'nothing'}`;
    return [{ ...at, code: 'outside-allowed', message, expected }];
  }
  return [];
}

function foreignKeys({ file }: RuleSet): Diagnostic[] {
  const foreign = Object.keys(file).filter((key) => !keys.has(key as keyof RulesFile));
  return foreign.map((key) => ({
    ...{ line: 1, column: 1, severity: 'error', code: 'not-for-a-namespace' },
    message: `${key} is for the cluster's rules`,
    expected: [...keys].join(', '),
  }));
}

function withLowerCaseHost(name: string): string {
  const slash = name.indexOf('/');
  if (slash === -1) return name.toLowerCase();
  return name.slice(0, slash).toLowerCase() + name.slice(slash);
}

function refused(what: Pick<Diagnostic, 'code' | 'message' | 'expected'>): LoadedRules {
  return {
    ruleSet: undefined,
    diagnostics: [{ line: 1, column: 1, severity: 'error', ...what }],
  };
}
