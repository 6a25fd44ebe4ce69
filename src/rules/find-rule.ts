import type { Budget } from './budget.ts';
import { mirrorDepth } from './destination-index.ts';
import { admitsNamespace } from './glob.ts';
import { maxHostLength } from './origin.ts';
import { type Place, suffixOf } from './place.ts';
import type { OriginNode, Rule, RuleSet } from './rule-set.ts';

/** LookupContext is what a lookup depends on besides the image. */
export interface LookupContext {
  /**
   * As kubectl, `default` where nothing else is known. Undefined for all namespaces at once: then
   * every rule holds.
   */
  readonly namespace: string | undefined;
  /**
   * What the lookup may take; without one there is no limit. Once it is spent, what is found means
   * nothing.
   */
  readonly budget?: Budget | undefined;
}

/**
 * Finds the rule for a place: a named host goes before `*.host`, a longer one of those before a
 * shorter one, `*` last; within each one image goes before the longest path. A rule that does not
 * apply in the namespace is skipped.
 */
export function findRule(ruleSet: RuleSet, place: Place, context: LookupContext): Rule | undefined {
  const { host } = place;
  // A longer host is not a name that DNS knows, and no `from` but `*` can name it.
  if (host.length > maxHostLength) return deepest(ruleSet.any, place, context);
  return (
    deepest(ruleSet.hosts.get(host), place, context) ??
    findBelow(ruleSet, place, context) ??
    deepest(ruleSet.any, place, context)
  );
}

/**
 * Finds the rule for a place that is below a destination, at a depth of `mirrored` segments: only
 * one whose `from` is longer decides there.
 */
export function findLongerRule(
  { hosts, decidedBelow }: RuleSet,
  place: Place,
  mirrored: number,
  context: LookupContext,
): Rule | undefined {
  if (!decidedBelow?.has(place.host)) return undefined;
  const rule = deepest(hosts.get(place.host), place, context);
  return rule !== undefined && rule.depth > mirrored ? rule : undefined;
}

/** Reports whether images of a place are kept because they are below a destination. */
export function isMirrored({ destinations }: RuleSet, place: Place, depth: number): boolean {
  return mirrorDepth(destinations, place) >= depth;
}

/** Looks up no more of a host's endings than the rules have labels, the longest first. */
function findBelow(
  { below, belowDots }: RuleSet,
  place: Place,
  context: LookupContext,
): Rule | undefined {
  if (below.size === 0) return undefined;
  const { host } = place;
  let first = host.length;
  for (let dots = 0; dots < belowDots && first > 0; dots++) {
    const dot = host.lastIndexOf('.', first - 1);
    if (dot === -1) break;
    first = dot;
  }
  for (let dot = first; dot !== -1 && dot < host.length; dot = host.indexOf('.', dot + 1)) {
    context.budget?.lookUp(host.length - dot);
    const found = deepest(below.get(host.slice(dot)), place, context);
    if (found !== undefined) return found;
  }
  return undefined;
}

function deepest(
  root: OriginNode | undefined,
  place: Place,
  context: LookupContext,
): Rule | undefined {
  const { repository } = place;
  let found: Rule | undefined;
  let node = root;
  for (let start = 0; node !== undefined; ) {
    const { rule, children } = node;
    if (rule !== undefined && applies(rule, context)) found = rule;
    if (start > repository.length) {
      const image = node.images?.get(suffixOf(place));
      return image !== undefined && applies(image, context) ? image : found;
    }
    if (children === undefined) return found;
    const slash = repository.indexOf('/', start);
    const end = slash === -1 ? repository.length : slash;
    context.budget?.lookUp(end - start);
    node = children.get(repository.slice(start, end));
    start = end + 1;
  }
  return found;
}

function applies({ namespaces }: Rule, { namespace, budget }: LookupContext): boolean {
  return admitsNamespace(namespaces, namespace, budget);
}
