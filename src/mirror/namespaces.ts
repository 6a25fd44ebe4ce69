import { type Decision, decide } from '../decision/decide.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { NamespaceFilter } from '../rules/schema.ts';

/** Replaces `*` in globs of namespaces, and is a name that no filter has. */
const anything = 'any-other';

/**
 * Lists the decisions that an image gets in some namespace, the one of the most specific rule
 * first. A rule for some namespaces leaves the others to a less specific rule. Which namespaces
 * exist is not known, so each filter of a rule that decides is asked by names that match its globs,
 * and by one that matches none.
 */
export function decisionsOf(image: string, ruleSet: RuleSet): readonly Decision[] {
  const found = new Map<string, Decision>();
  const namespaces = new Set<string | undefined>([undefined]);
  // A set that grows is walked to its end.
  for (const namespace of namespaces) {
    const decision = decide(image, ruleSet, { namespace });
    if (decision.reason === 'namespace') continue;
    const key = `${decision.action} ${decision.image}`;
    if (!found.has(key)) found.set(key, decision);
    for (const sample of namespacesAround(decision, ruleSet)) namespaces.add(sample);
  }
  return [...found.values()];
}

/** Returns names that the filters of the deciding rules and of the file distinguish. */
function namespacesAround(decision: Decision, { file }: RuleSet): string[] {
  const rules = [...(decision.earlier ?? []), decision].map(({ rule }) => rule);
  return rules.flatMap((rule) => {
    if (rule?.namespaces === undefined) return [];
    return [...samplesOf(rule.namespaces), ...samplesOf(file.namespaces)];
  });
}

function samplesOf({ include = [], exclude = [] }: NamespaceFilter = {}): string[] {
  const samples = [...include, ...exclude].flatMap((glob) => [
    glob.replaceAll('*', '').replaceAll('?', 'x'),
    glob.replaceAll('*', anything).replaceAll('?', 'x'),
  ]);
  return [...samples, anything];
}
