import type { Rule, RuleSet } from '../../rules/rule-set.ts';

/*
 * How a policy names rules, destinations and images, so that a table can be asked for them:
 * `gcr.io/project/` is what lies below, `gcr.io/project/app/:1.25` one image.
 */

/** Names a rule: its `from`, normalized, with a slash before the tag or the digest. */
export function keyOf({ origin }: Rule): string {
  const host = { host: origin.host, below: `*${origin.host}`, any: '*' }[origin.kind];
  return nameOf(host, origin.path) + origin.suffix;
}

/** Names what lies below a path of a host. */
export function nameOf(host: string, path: string): string {
  return path === '' ? `${host}/` : `${host}/${path}/`;
}

/** Returns the rules that can be found, by name; if two have the same name, the later one. */
export function namedRules(ruleSet: RuleSet): Map<string, Rule> {
  return new Map(ruleSet.indexed.map((rule) => [keyOf(rule), rule]));
}

/** Writes the tag or digest by which rules know an image: `suffix` of rules/place.ts. */
export function versionOf(suffix: string): string {
  return `(${suffix} == "" ? ":latest" : ${suffix}.contains("@") ? ${suffix}.find(r"@.+$") : ${suffix})`;
}

/**
 * Writes the beginning of a name, which ends with a slash: its first `count` segments, or all if it
 * has fewer. The host is a segment.
 */
export function beginning(name: string, count: number): string {
  return `${name}.find(r"^([^/]+/){0,${count}}")`;
}

/** Returns the numbers without repetition, the largest first. */
export function distinct(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => b - a);
}
