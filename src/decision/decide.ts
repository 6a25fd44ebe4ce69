import { nodeReference, parseReference } from '../reference/reference.ts';
import { mirrorDepth } from '../rules/destination-index.ts';
import { findLongerRule, findRule, type LookupContext } from '../rules/find-rule.ts';
import { admitsNamespace } from '../rules/glob.ts';
import { placeOf } from '../rules/place.ts';
import type { Rule, RuleSet } from '../rules/rule-set.ts';
import { writtenImage } from './written-image.ts';

/** Reason is why a decision was made. */
export type Reason =
  | 'rule' // rewritten, kept or denied by the rule
  | 'bypass' // the bypass prefix was taken off
  | 'no-rule'
  | 'already-mirrored' // it is under some rule's destination
  | 'placeholder' // another webhook replaces it
  | 'unparsable' // the grammar does not accept it
  | 'unwritable' // the result is not a valid reference, or is too long
  | 'over-budget' // the review needs more work than its size allows
  | 'namespace' // the file does not apply in the namespace
  | 'bypassed'; // taken to its origin earlier; the Pod carries the mark

/** Decision is what the rules make of one image. */
export interface Decision {
  readonly action: 'rewrite' | 'keep' | 'deny';
  readonly reason: Reason;
  /** The rule that decided, where one did. */
  readonly rule: Rule | undefined;
  /** What is to be pulled: for `keep` and `deny` the image as it was written. */
  readonly image: string;
  /** Those by rules that came before: each is about the result of the one before it. */
  readonly earlier?: readonly Decision[];
}

/**
 * DecisionContext is the namespace that the image was found in, and the work that deciding may
 * take.
 */
export type DecisionContext = LookupContext;

/**
 * Stands for the image that Istio's injector puts in its place: gateways and customized sidecars
 * have it. The injector compares it by the letter.
 */
export const placeholder = 'auto';

/** Decides what the rules make of `image`. Total: any string gives a decision. */
export function decide(image: string, ruleSet: RuleSet, context: DecisionContext): Decision {
  const decision =
    decideBeforeRules(image, ruleSet, context) ?? decideByRules(image, ruleSet, context);
  return context.budget?.isSpent ? decideUnasked(image, ruleSet) : decision;
}

/**
 * Decides an image for which the budget has no work left: a rule set that denies must not let it
 * pass.
 */
export function decideUnasked(image: string, { denies }: RuleSet): Decision {
  const action = denies ? 'deny' : 'keep';
  return { action, reason: 'over-budget', rule: undefined, image };
}

/** Decides what no rule is asked about. */
function decideBeforeRules(
  image: string,
  ruleSet: RuleSet,
  context: DecisionContext,
): Decision | undefined {
  const { namespace, budget } = context;
  budget?.add(image);
  if (!admitsNamespace(ruleSet.file.namespaces, namespace, budget)) return keep(image, 'namespace');
  if (ruleSet.bypass !== '' && image.startsWith(ruleSet.bypass)) return bypass(image, ruleSet);
  if (image === placeholder && ruleSet.exits.has('placeholder')) return keep(image, 'placeholder');
  return undefined;
}

function decideByRules(image: string, ruleSet: RuleSet, context: DecisionContext): Decision {
  const reference = nodeReference(image);
  if (reference === undefined) return keep(image, 'unparsable');
  const place = placeOf(reference);
  const mirrored = mirrorDepth(ruleSet.destinations, place, context.budget);
  const rule =
    mirrored === -1
      ? findRule(ruleSet, place, context)
      : findLongerRule(ruleSet, place, mirrored, context);
  if (rule === undefined) return keep(image, mirrored === -1 ? 'no-rule' : 'already-mirrored');
  if (rule.action !== 'rewrite') return { action: rule.action, reason: 'rule', rule, image };
  const written = writtenImage(reference, place, rule);
  if (written === undefined) return unwritable(image, rule, ruleSet);
  // docker.io/library sent to docker.io: docker.io/nginx is official there as well.
  if (written === image) return keep(image, 'already-mirrored');
  const decision: Decision = { action: 'rewrite', reason: 'rule', rule, image: written };
  return ruleSet.decidedBelow?.has(rule.destination.host)
    ? decideResult(image, decision, ruleSet, context)
    : decision;
}

/**
 * Decides what a rule wrote by a longer `from` below its destination, so that deciding twice changes
 * nothing. It ends: each further rule takes off at least one segment that the one before appended
 * (docs/decisions/0016-longer-from.md).
 */
function decideResult(
  image: string,
  first: Decision,
  ruleSet: RuleSet,
  context: DecisionContext,
): Decision {
  context.budget?.take(first.image.length);
  const next = decideByRules(first.image, ruleSet, context);
  const earlier = [first, ...(next.earlier ?? [])];
  if (next.action === 'rewrite') return { ...next, earlier };
  const isKept = next.action === 'keep' && next.reason !== 'unwritable';
  return isKept ? first : { ...next, image, earlier };
}

/** Where every exit is closed, an image that cannot be sent to the mirror must not stay as it is. */
function unwritable(image: string, rule: Rule, { exits }: RuleSet): Decision {
  return { action: exits.size === 0 ? 'deny' : 'keep', reason: 'unwritable', rule, image };
}

function keep(image: string, reason: Reason): Decision {
  return { action: 'keep', reason, rule: undefined, image };
}

/**
 * Takes the prefix off as text: `direct.to/localhost:5000/x@sha256:…` is not a reference before it
 * is gone.
 */
function bypass(image: string, ruleSet: RuleSet): Decision {
  const origin = image.slice(ruleSet.bypass.length);
  if (parseReference(origin) === undefined) return keep(image, 'unwritable');
  return { action: 'rewrite', reason: 'bypass', rule: undefined, image: origin };
}
