import type { Destination } from '../../rules/destination.ts';
import { maxHostLength } from '../../rules/origin.ts';
import type { DestinationNode, Rule, RuleSet } from '../../rules/rule-set.ts';
import { globs, list, pattern, quote } from './literal.ts';
import { type Table, table } from './table.ts';
import type { Variable } from './variables.ts';

/*
 * Finding the rule for an image, and whether the image is in a mirror already: findRule and
 * isMirrored of rules/rule-set.ts in CEL. Rules are found by their names, `gcr.io/project/`, the
 * longest first; how many there are does not matter, only how many different lengths.
 */

/** RuleTables holds the rules by name, with what a policy needs to know of each. */
export interface RuleTables {
  readonly variables: readonly Variable[];
  /** The name of the rule that decides the item `x`, "" for none. */
  readonly key: string;
  /** What the table holds for the rule with the name `x.key`. */
  readonly value: string;
}

/** Names a rule: its `from`, normalized, with a slash at the end. */
export function keyOf({ origin }: Rule): string {
  const host = { host: origin.host, below: `*${origin.host}`, any: '*' }[origin.kind];
  return `${host}/${origin.path === '' ? '' : `${origin.path}/`}`;
}

/** Returns the rules that can be found, by name; if two have the same name, the later one. */
export function namedRules(ruleSet: RuleSet): Map<string, Rule> {
  return new Map(ruleSet.indexed.map((rule) => [keyOf(rule), rule]));
}

/**
 * Makes the tables in which the rule for an image is found, with what `describe` says of each rule.
 */
export function ruleTables(ruleSet: RuleSet, describe: (rule: Rule) => string): RuleTables {
  const rules = [...namedRules(ruleSet)];
  const ofNamespaces = (kind: 'include' | 'exclude') =>
    rules.flatMap(([key, { namespaces }]) => {
      const filter = namespaces?.[kind];
      return filter === undefined ? [] : [[key, globs(filter)] as const];
    });
  const values = table(
    'rules',
    rules.map(([key, rule]) => [key, describe(rule)]),
  );
  const include = table('include', ofNamespaces('include'));
  const exclude = table('exclude', ofNamespaces('exclude'));
  const conditions = [
    values.has('k'),
    ...(include.variables.length === 0 ? [] : [`(!${include.has('k')} || ${isIn(include)})`]),
    ...(exclude.variables.length === 0 ? [] : [`!(${exclude.has('k')} && ${isIn(exclude)})`]),
  ];
  const depths = distinct(rules.map(([, { origin }]) => segmentsIn(origin.path)));
  return {
    variables: [...values.variables, ...include.variables, ...exclude.variables],
    key: `(${hosts(ruleSet)}.map(h, ${prefixes(depths)}.map(p, h + "/" + p).filter(k, ${conditions.join(' && ')})).filter(keys, size(keys) > 0) + [[""]])[0][0]`,
    value: values.get('x.key', '""'),
  };
}

const isIn = (filter: Table) => `request.namespace.matches(${filter.get('k', '""')})`;

/**
 * Writes what the host of `x` is called in rules: itself, then each `*.host` from the longest, then
 * `*`.
 */
function hosts({ below, any }: RuleSet): string {
  const labels = distinct([...below.keys()].map((host) => host.split('.').length - 1));
  const count = 'size(x.host.split("."))';
  const wildcards = `${list(labels)}.filter(n, size(x.host) <= ${maxHostLength} && ${count} > n).map(n, "*." + x.host.split(".", ${count} - n + 1)[${count} - n])`;
  return [
    '([x.host]',
    ...(labels.length === 0 ? [] : [` + ${wildcards}`]),
    ...(any === undefined ? [] : [' + ["*"]']),
    ')',
  ].join('');
}

/** Writes the first segments of the repository of `x`, for each number of segments in `depths`. */
function prefixes(depths: readonly number[]): string {
  const parts = 'x.repository.split("/", n + 1)';
  return `${list(depths)}.filter(n, size(${parts}) > n).map(n, x.repository.substring(0, size(x.repository) - size(${parts}[n])))`;
}

/** Returns the numbers without repetition, the largest first. */
function distinct(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => b - a);
}

function segmentsIn(path: string): number {
  return path === '' ? 0 : path.split('/').length;
}

/** Mirrors holds the names that images in a mirror begin with. */
export interface Mirrors {
  readonly variables: readonly Variable[];
  /** Whether `x` lies below one of them. */
  readonly isMirrored: string;
}

/** Makes the table of mirrors: those of the rules, and those that `additional` names. */
export function mirrors(
  { destinations }: RuleSet,
  additional: readonly Destination[] = [],
): Mirrors {
  const names = [...destinations].flatMap(([host, node]) => endsBelow(node, `${host}/`));
  const all = [...new Set([...names, ...additional.map(nameOf)])];
  const fixed = all.filter((name) => !name.includes('//'));
  const open = all.filter((name) => name.includes('//'));
  const known = table(
    'mirrors',
    fixed.map((name) => [name, '']),
  );
  const depths = distinct(fixed.map((name) => name.split('/').length - 2));
  const tests = [
    ...(fixed.length === 0
      ? []
      : [`${prefixes(depths)}.map(p, x.host + "/" + p).exists(k, ${known.has('k')})`]),
    ...(open.length === 0
      ? []
      : [`(x.host + "/" + x.repository).matches(${pattern(templates(open))})`]),
  ];
  return {
    variables: known.variables,
    isMirrored: tests.length === 0 ? 'false' : `(${tests.join(' || ')})`,
  };
}

/** Returns the shortest names at which a destination ends; a segment that may be any is empty. */
function endsBelow({ ends, children }: DestinationNode, name: string): string[] {
  if (ends) return [name];
  return [...(children ?? [])].flatMap(([segment, node]) => endsBelow(node, `${name}${segment}/`));
}

function nameOf({ host, path }: Destination): string {
  return path === '' ? `${host}/` : `${host}/${path}/`;
}

/** Returns a regular expression in which `m.io/any//` has any one segment after `m.io/any/`. */
function templates(names: readonly string[]): string {
  const alternatives = names.map((name) => {
    const segments = name.slice(0, -1).split('/');
    return segments.map((segment) => (segment === '' ? '[^/]+' : quote(segment))).join('/');
  });
  return `^(?:${alternatives.join('|')})/`;
}
