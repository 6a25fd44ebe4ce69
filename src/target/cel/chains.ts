import { dockerHub, officialPath } from '../../reference/docker-hub.ts';
import { affixesOf, withVariable } from '../../rules/destination-index.ts';
import type { Origin } from '../../rules/origin.ts';
import {
  decidesBelow,
  type RewriteRule,
  type Rule,
  type RuleSet,
  writtenSuffix,
} from '../../rules/rule-set.ts';
import { pathsAbove, segmentsOf } from '../../rules/segments.ts';
import { nameOf } from './names.ts';

/*
 * Which rules can decide again what another rule wrote, known before any image is: a policy has as
 * many passes as that takes, and none for the rules of others.
 */

/** A policy grows with each pass, and more than one is rare. */
export const maxPasses = 3;

/** Chains says how often what rules write is decided again. */
export interface Chains {
  /** The rules of whose results others decide, in any pass. */
  readonly sources: readonly RewriteRule[];
  /** All that decide below a destination. */
  readonly longer: readonly Rule[];
  /** How many passes a policy makes after the first. */
  readonly passes: number;
  /** The rules that would decide after the last one. */
  readonly unasked: readonly RewriteRule[];
}

/** Follows the rules, beginning with all, from what each can write to those that decide it. */
export function chainsOf({ indexed, destinations }: RuleSet): Chains {
  const longer = indexed.filter((rule) => decidesBelow(rule, destinations));
  const reach = reachOf(longer.filter(isRewrite));
  const sources = new Set<RewriteRule>();
  let deciding: readonly RewriteRule[] = indexed.filter(isRewrite);
  for (let passes = 0; ; passes++) {
    // Rules with the same destination are decided by the same rules.
    const reached = new Set<readonly RewriteRule[]>();
    for (const rule of deciding) {
      const after = reach(rule);
      if (after.length === 0) continue;
      sources.add(rule);
      reached.add(after);
    }
    deciding = [...new Set([...reached].flat())];
    if (deciding.length === 0 || passes === maxPasses)
      return { sources: [...sources], longer, passes, unasked: deciding };
  }
}

function isRewrite(rule: Rule): rule is RewriteRule {
  return rule.action === 'rewrite';
}

/**
 * Returns what finds the rules of `longer` that can be for an image that a rule writes; the same
 * list for each rule with the same destination. One image that a rule names as its destination is
 * never decided again.
 */
function reachOf(longer: readonly RewriteRule[]): (rule: RewriteRule) => readonly RewriteRule[] {
  const below = byNameAbove(longer);
  const known = new Map<string, readonly RewriteRule[]>();
  const find = ({ host, path, isTemplate }: RewriteRule['destination']) => {
    if (isTemplate) return longer.filter(({ origin }) => canHold(host, path, origin));
    const ofPath = below.get(nameOf(host, path)) ?? [];
    if (host !== dockerHub || path === '') return ofPath;
    return [...ofPath, ...(below.get(nameOf(host, officialPath(path))) ?? [])];
  };
  return (rule) => {
    if (writtenSuffix(rule) !== '') return [];
    const { name } = rule.destination;
    const found = known.get(name) ?? find(rule.destination);
    known.set(name, found);
    return found;
  };
}

/** Lists rules under each name that they are longer than. */
function byNameAbove(rules: readonly RewriteRule[]): Map<string, RewriteRule[]> {
  const names = new Map<string, RewriteRule[]>();
  for (const rule of rules) {
    const { host, path, suffix } = rule.origin;
    for (const above of [...(suffix === '' ? [] : [path]), ...pathsAbove(path)]) {
      const name = nameOf(host, above);
      const ofName = names.get(name);
      if (ofName === undefined) names.set(name, [rule]);
      else ofName.push(rule);
    }
  }
  return names;
}

/** Reports whether a name is longer than a destination with ${registry} in its `path`. */
function canHold(host: string, path: string, origin: Origin): boolean {
  const above = segmentsOf(path);
  const below = segmentsOf(origin.path);
  const isLonger = below.length > above.length - (origin.suffix === '' ? 0 : 1);
  return host === origin.host && isLonger && above.every((each, at) => fits(each, below[at] ?? ''));
}

/** Reports whether a segment of a destination, which may have ${registry} in it, can be `segment`. */
function fits(pattern: string, segment: string): boolean {
  const affixes = affixesOf(pattern);
  return pattern === (affixes === undefined ? segment : withVariable(segment, affixes));
}
