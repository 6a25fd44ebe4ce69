import type { Budget } from './budget.ts';
import { admitsNamespace } from './glob.ts';
import { maxHostLength } from './origin.ts';
import {
  anySegment,
  type DestinationNode,
  type OriginNode,
  type Rule,
  type RuleSet,
} from './rule-set.ts';

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
 * Finds the rule for a repository in a namespace: a named host goes before `*.host`, a longer one
 * of those before a shorter one, `*` last; within each the longest path decides. A rule that does
 * not apply in the namespace is skipped.
 */
export function findRule(
  ruleSet: RuleSet,
  host: string,
  repository: string,
  context: LookupContext,
): Rule | undefined {
  // A longer host is not a name that DNS knows, and no `from` but `*` can name it.
  if (host.length > maxHostLength) return deepest(ruleSet.any, repository, context);
  return (
    deepest(ruleSet.hosts.get(host), repository, context) ??
    findBelow(ruleSet, host, repository, context) ??
    deepest(ruleSet.any, repository, context)
  );
}

/** Looks up no more of a host's endings than the rules have labels, the longest first. */
function findBelow(
  { below, belowDots }: RuleSet,
  host: string,
  repository: string,
  context: LookupContext,
): Rule | undefined {
  if (below.size === 0) return undefined;
  let first = host.length;
  for (let dots = 0; dots < belowDots && first > 0; dots++) {
    const dot = host.lastIndexOf('.', first - 1);
    if (dot === -1) break;
    first = dot;
  }
  for (let dot = first; dot !== -1 && dot < host.length; dot = host.indexOf('.', dot + 1)) {
    context.budget?.lookUp(host.length - dot);
    const found = deepest(below.get(host.slice(dot)), repository, context);
    if (found !== undefined) return found;
  }
  return undefined;
}

function deepest(
  root: OriginNode | undefined,
  repository: string,
  { namespace, budget }: LookupContext,
): Rule | undefined {
  let found: Rule | undefined;
  let node = root;
  for (let start = 0; node !== undefined; ) {
    const { rule, children } = node;
    if (rule !== undefined && admitsNamespace(rule.namespaces, namespace, budget)) found = rule;
    if (children === undefined || start > repository.length) return found;
    const slash = repository.indexOf('/', start);
    const end = slash === -1 ? repository.length : slash;
    budget?.lookUp(end - start);
    node = children.get(repository.slice(start, end));
    start = end + 1;
  }
  return found;
}

/** Reports whether a repository is some rule's destination or is under one. */
export function isMirrored(
  ruleSet: RuleSet,
  host: string,
  repository: string,
  budget?: Budget,
): boolean {
  const root = ruleSet.destinations.get(host);
  return root !== undefined && isBelowDestination(root, repository, 0, budget);
}

/**
 * Follows two branches a segment: with ${registry} at many places, the work grows with the square
 * of the segments.
 */
function isBelowDestination(
  node: DestinationNode,
  repository: string,
  start: number,
  budget: Budget | undefined,
): boolean {
  if (node.ends) return true;
  if (node.children === undefined || start > repository.length || budget?.isSpent) return false;
  const slash = repository.indexOf('/', start);
  const end = slash === -1 ? repository.length : slash;
  budget?.lookUp(end - start);
  const named = node.children.get(repository.slice(start, end));
  if (named !== undefined && isBelowDestination(named, repository, end + 1, budget)) return true;
  const any = node.children.get(anySegment);
  return any !== undefined && isBelowDestination(any, repository, end + 1, budget);
}
