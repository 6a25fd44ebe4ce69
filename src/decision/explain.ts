import { nodeReference, type Reference } from '../reference/reference.ts';
import { admitsNamespace } from '../rules/glob.ts';
import { maxHostLength } from '../rules/origin.ts';
import { type Place, placeOf, suffixOf } from '../rules/place.ts';
import type { Rule, RuleSet } from '../rules/rule-set.ts';
import { type Decision, type DecisionContext, decide } from './decide.ts';
import type { RuleLayers } from './layers.ts';

/** ConsideredRule is a rule whose `from` matches the image, and why it decided or did not. */
export interface ConsideredRule {
  readonly rule: Rule;
  readonly verdict: 'decided' | 'passed-on' | 'less-specific' | 'other-namespace' | 'not-asked';
  /** Whose rule it is: the namespace may have rules for itself. */
  readonly layer: 'cluster' | 'namespace';
}

/** Explanation is a decision with every rule that could have made it. */
export interface Explanation {
  readonly decision: Decision;
  /** As a node reads it. */
  readonly reference: Reference | undefined;
  /** The one that decided first, then in the order of the file. */
  readonly considered: readonly ConsideredRule[];
}

/** Step is a rule set that was asked for an image, and what it decided. */
interface Step extends Pick<ConsideredRule, 'layer'> {
  readonly image: string;
  readonly ruleSet: RuleSet;
  readonly decision: Decision;
}

/**
 * Explains how a decision comes about: `decideLayered` makes the same one. It looks at every rule,
 * so it is for people, not for the hot path.
 */
export function explain(
  image: string,
  ruleSet: RuleSet,
  context: DecisionContext,
  namespaceRules?: RuleSet,
): Explanation {
  const steps = listSteps(image, { cluster: ruleSet, namespace: namespaceRules }, context);
  const decision = lastOf(steps);
  const considered = steps
    .flatMap((step) => considerRules(step, context, step.decision === decision))
    .sort((a, b) => Number(b.verdict === 'decided') - Number(a.verdict === 'decided'));
  return {
    decision: decision.action === 'deny' ? { ...decision, image } : decision,
    reference: nodeReference(image),
    considered,
  };
}

/** Lists who is asked: the cluster, then the namespace, then the cluster for what it said. */
function listSteps(
  image: string,
  { cluster, namespace }: RuleLayers,
  context: DecisionContext,
): Step[] {
  const first = askRules(image, cluster, 'cluster', context);
  if (lastOf(first).reason !== 'no-rule' || namespace === undefined) return first;
  const added = askRules(image, namespace, 'namespace', context);
  const last = askRules(lastOf(added).image, cluster, 'cluster', context);
  return lastOf(last).action === 'keep' ? [...first, ...added] : [...first, ...added, ...last];
}

/** Returns a step for each decision that a rule set makes: each is about the result of the one before. */
function askRules(
  image: string,
  ruleSet: RuleSet,
  layer: Step['layer'],
  context: DecisionContext,
): Step[] {
  const last = decide(image, ruleSet, context);
  const decisions = [...(last.earlier ?? []), last];
  return decisions.map((decision, at) => {
    return { image: decisions[at - 1]?.image ?? image, ruleSet, layer, decision };
  });
}

function lastOf(steps: readonly Step[]): Decision {
  return (steps.at(-1) as Step).decision;
}

function considerRules(
  { image, ruleSet, layer, decision }: Step,
  context: DecisionContext,
  isLast: boolean,
): ConsideredRule[] {
  const reference = nodeReference(image);
  if (reference === undefined) return [];
  const place = placeOf(reference);
  return ruleSet.indexed
    .filter((rule) => matches(rule, place))
    .map((rule) => {
      const verdict = verdictOf(rule, decision, context);
      return { rule, layer, verdict: verdict === 'decided' && !isLast ? 'passed-on' : verdict };
    });
}

/**
 * Reports whether the rule's `from` matches. It does not use the index that `decide` uses, so tests
 * compare the two.
 */
export function matches({ origin }: Rule, place: Place): boolean {
  const { host, repository } = place;
  const { kind, path } = origin;
  if (kind === 'host' && host !== origin.host) return false;
  if (kind === 'below' && (host.length > maxHostLength || !host.endsWith(origin.host)))
    return false;
  if (origin.suffix !== '') return repository === path && suffixOf(place) === origin.suffix;
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
