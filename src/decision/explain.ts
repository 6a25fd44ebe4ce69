import { canonicalHost } from '../reference/docker-hub.ts';
import { nodeReference, type Reference } from '../reference/reference.ts';
import { admitsNamespace } from '../rules/glob.ts';
import { maxHostLength } from '../rules/origin.ts';
import type { Rule, RuleSet } from '../rules/rule-set.ts';
import { type Decision, type DecisionContext, decide, ruleRepository } from './decide.ts';

/** ConsideredRule is a rule whose `from` matches the image, and why it decided or did not. */
export interface ConsideredRule {
  readonly rule: Rule;
  readonly verdict: 'decided' | 'less-specific' | 'other-namespace' | 'not-asked';
}

/** Explanation is a decision with every rule that could have made it. */
export interface Explanation {
  readonly decision: Decision;
  /** As a node reads it. */
  readonly reference: Reference | undefined;
  /** The one that decided first, then in the order of the file. */
  readonly considered: readonly ConsideredRule[];
}

/**
 * Explains how a decision comes about. It looks at every rule, so it is for people, not for the hot
 * path.
 */
export function explain(image: string, ruleSet: RuleSet, context: DecisionContext): Explanation {
  const decision = decide(image, ruleSet, context);
  const reference = nodeReference(image);
  if (reference === undefined) return { decision, reference, considered: [] };
  const host = canonicalHost(reference.registry);
  const repository = ruleRepository(reference, host);
  const considered = ruleSet.indexed
    .filter((rule) => matches(rule, host, repository))
    .map((rule) => ({ rule, verdict: verdictOf(rule, decision, context) }))
    .sort((a, b) => Number(b.verdict === 'decided') - Number(a.verdict === 'decided'));
  return { decision, reference, considered };
}

/**
 * Reports whether the rule's `from` matches. It does not use the index that `decide` uses, so tests
 * compare the two.
 */
export function matches({ origin }: Rule, host: string, repository: string): boolean {
  const { kind, path } = origin;
  if (kind === 'host' && host !== origin.host) return false;
  if (kind === 'below' && (host.length > maxHostLength || !host.endsWith(origin.host)))
    return false;
  return path === '' || repository === path || repository.startsWith(`${path}/`);
}

function verdictOf(
  rule: Rule,
  decision: Decision,
  { namespace }: DecisionContext,
): ConsideredRule['verdict'] {
  if (decision.rule === rule) return 'decided';
  if (!admitsNamespace(rule.namespaces, namespace)) return 'other-namespace';
  return decision.rule === undefined ? 'not-asked' : 'less-specific';
}
