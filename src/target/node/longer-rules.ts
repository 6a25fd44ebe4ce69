import type { Diagnostic } from '../../rules/diagnostic.ts';
import type { RewriteRule, Rule } from '../../rules/rule-set.ts';
import { pathsAbove } from '../../rules/segments.ts';
import { notExpressible } from '../contract/target.ts';

/**
 * Reports each rule below the destination of another: a node asks the mirror for what the other
 * rule makes of an image, and applies no rule to that (docs/decisions/0016-longer-from.md).
 */
export function reportLongerRules(rules: readonly Rule[]): Diagnostic[] {
  const byDestination = new Map<string, RewriteRule>();
  for (const rule of rules) {
    if (rule.action !== 'rewrite') continue;
    const { host, path } = rule.destination;
    byDestination.set(nameOf(host, path), rule);
  }
  return rules.flatMap((rule) => {
    // What a rule keeps there is where the other rule sends it.
    if (rule.origin.kind !== 'host' || rule.action === 'keep') return [];
    const other = namesAbove(rule.origin).flatMap((name) => byDestination.get(name) ?? [])[0];
    if (other === undefined) return [];
    const why = `a node does not apply it to the images that "${other.from}" sends there`;
    return [notExpressible(rule, `"${rule.from}": ${why}`)];
  });
}

function nameOf(host: string, path: string): string {
  return path === '' ? host : `${host}/${path}`;
}

/** Lists the names that a part of a registry is below, the longest first. */
function namesAbove({ host, path }: Rule['origin']): string[] {
  return pathsAbove(path).map((above) => nameOf(host, above));
}
