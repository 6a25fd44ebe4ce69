import { fixedPart } from './destination.ts';
import { mirrorDepth } from './destination-index.ts';
import { findRule } from './find-rule.ts';
import type { Place } from './place.ts';
import type { RewriteRule, Rule, RuleSet } from './rule-set.ts';
import { pathsAbove } from './segments.ts';

/**
 * Finds rules that send images in a circle, each into the `from` of the next: one of each circle,
 * with the rule that its images come to next. `decide` would end all the same, by keeping what is
 * in a destination; what the circle is for cannot be told.
 */
export function findLoops(ruleSet: RuleSet): [RewriteRule, RewriteRule][] {
  const loops: [RewriteRule, RewriteRule][] = [];
  const seen = new Set<Rule>();
  for (const start of ruleSet.rules) {
    const way = new Set<Rule>();
    let rule = start.action === 'rewrite' ? start : undefined;
    while (rule !== undefined && !seen.has(rule)) {
      seen.add(rule);
      way.add(rule);
      const next = nextRule(rule, ruleSet);
      if (next !== undefined && way.has(next)) loops.push([rule, next]);
      rule = next;
    }
  }
  return loops;
}

/** Returns the rule that is for all that a rule writes, if it decides below a destination. */
function nextRule(rule: RewriteRule, ruleSet: RuleSet): RewriteRule | undefined {
  const { isTemplate, suffix } = rule.destination;
  // Where rules apply in some namespaces only, they may never meet.
  if (isTemplate || rule.namespaces !== undefined) return undefined;
  const { host, path } = fixedPart(rule.destination);
  const written = { host, repository: path, suffix: suffix || rule.origin.suffix };
  const next = findRule(ruleSet, written, { namespace: undefined });
  if (next?.action !== 'rewrite' || next === rule || next.namespaces !== undefined)
    return undefined;
  return isBelowDestination(next, ruleSet) ? next : undefined;
}

function isBelowDestination({ origin }: Rule, { destinations }: RuleSet): boolean {
  const { host, path, suffix } = origin;
  if (origin.kind !== 'host' || (path === '' && suffix === '')) return false;
  const [above = ''] = suffix === '' ? pathsAbove(path) : [path];
  const place: Place = { host, repository: above, suffix: '' };
  return mirrorDepth(destinations, place) !== -1;
}
