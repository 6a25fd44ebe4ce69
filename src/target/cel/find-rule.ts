import { dockerHub, officialPrefix } from '../../reference/docker-hub.ts';
import { maxHostLength } from '../../rules/origin.ts';
import type { Rule, RuleSet } from '../../rules/rule-set.ts';
import { segmentsOf } from '../../rules/segments.ts';
import { globs, text } from './literal.ts';
import { beginning, distinct, keyOf, namedRules, nameOf, versionOf } from './names.ts';
import type { Parts } from './reference.ts';
import { nameSet, type Table, table } from './table.ts';
import type { Variable } from './variables.ts';

/*
 * Finding the rule for an image: findRule and findLongerRule of rules/find-rule.ts in CEL. Most
 * hosts have one rule, for all of the host, and it is found by the host. For the others the names
 * that a rule can have are looked up, the longest first; how many rules there are does not matter.
 */

/** RuleTables holds the rules by name, with what a policy needs to know of each. */
export interface RuleTables {
  readonly variables: readonly Variable[];
  /** The name of the rule that decides an image, "" for none. */
  readonly key: string;
  /**
   * The same if `mirror` names the deepest destination that the image is below: then only a longer
   * rule decides.
   */
  keyAbove(mirror: string): string;
  /**
   * The names of the rules with one of `depths` that the image is, or is below, and that are longer
   * than `mirror`.
   */
  longerKeys(image: Omit<Parts, 'host'>, mirror: string, depths: readonly number[]): string;
  /** Writes what the table holds for a rule, "" for none. */
  valueOf(key: string): string;
  /** Writes the same for what is the name of a rule. */
  valueAt(key: string): string;
}

/**
 * Makes the tables in which the rule for an image is found, with what `describe` says of each rule.
 */
export function ruleTables(
  ruleSet: RuleSet,
  parts: Parts,
  describe: (rule: Rule) => string,
): RuleTables {
  const rules = [...namedRules(ruleSet)];
  const values = table(
    'rules',
    rules.map(([key, rule]) => [key, describe(rule)]),
  );
  const divided = nameSet('parts', dividedHosts(rules));
  const isDivided = divided.has(parts.host);
  const { tables, conditions } = namespaceConditions(rules);
  const tests = [values.has('k'), ...conditions];
  const first = (names: readonly string[], conditions: readonly string[]) =>
    `([${names.join(', ')}].filter(k, ${conditions.join(' && ')}) + [""])[0]`;
  const isLonger = (mirror: string, written: string) => [
    ...tests,
    `size(k) > size(${mirror})`,
    ...notSelfWriting(ruleSet, written),
  ];

  const ofHost = namesOfHost(ruleSet, parts);
  const elsewhere = [...namesOfWildcards(ruleSet, parts), ...(ruleSet.any ? ['"*/"'] : [])];
  const isWhole = [
    values.has(parts.host),
    ...(isDivided === 'false' ? [] : [`!(${isDivided})`]),
  ].join(' && ');
  const searched = [...(isDivided === 'false' ? [] : ofHost), ...elsewhere];
  const key = `(${isWhole} ? ${parts.host} : ${searched.length === 0 ? '""' : first(searched, tests)})`;
  return {
    variables: [...values.variables, ...divided.variables, ...tables],
    key,
    keyAbove: (mirror) => {
      const longer = first(ofHost, isLonger(mirror, parts.written));
      return `(${mirror} == "" ? ${key} : ${mirror}.endsWith("/") ? ${longer} : "")`;
    },
    longerKeys: ({ name, suffix, written }, mirror, depths) => {
      const names = [
        `${name} + ${versionOf(suffix)}`,
        ...depths.map((depth) => beginning(name, depth + 1)),
      ];
      const longer = [`${mirror}.endsWith("/")`, ...isLonger(mirror, written)];
      return `[${names.join(', ')}].filter(k, ${longer.join(' && ')})`;
    },
    valueOf: (key) => values.get(key, '""'),
    valueAt: values.at,
  };
}

/** Returns the hosts that have other rules than one for all of the host in all namespaces. */
function dividedHosts(rules: readonly (readonly [string, Rule])[]): string[] {
  const divided = rules.filter(([, { origin, namespaces }]) => {
    const isWhole = origin.path === '' && origin.suffix === '';
    return origin.kind === 'host' && (!isWhole || namespaces !== undefined);
  });
  return divided.map(([, { origin }]) => nameOf(origin.host, ''));
}

/** Returns the tests whether the rule `k` holds in the namespace, and the tables that they ask. */
function namespaceConditions(rules: readonly (readonly [string, Rule])[]) {
  const ofNamespaces = (kind: 'include' | 'exclude') =>
    rules.flatMap(([key, { namespaces }]) => {
      const filter = namespaces?.[kind];
      return filter === undefined ? [] : [[key, globs(filter)] as const];
    });
  const isIn = (filter: Table) => `request.namespace.matches(${filter.get('k', '""')})`;
  const include = table('include', ofNamespaces('include'));
  const exclude = table('exclude', ofNamespaces('exclude'));
  return {
    tables: [...include.variables, ...exclude.variables],
    conditions: [
      ...(include.variables.length === 0 ? [] : [`(!${include.has('k')} || ${isIn(include)})`]),
      ...(exclude.variables.length === 0 ? [] : [`!(${exclude.has('k')} && ${isIn(exclude)})`]),
    ],
  };
}

/**
 * Returns the test that the rule `k` does not write an image as it is: one from `docker.io/library`
 * to `docker.io` decides nothing of `docker.io/nginx`, whose place is in `library/`.
 */
function notSelfWriting({ indexed }: RuleSet, written: string): string[] {
  const official = indexed.find(
    (rule) =>
      keyOf(rule) === `${dockerHub}/${officialPrefix}` &&
      rule.destination?.host === dockerHub &&
      rule.destination.path === '',
  );
  if (official?.destination === undefined) return [];
  const { registry } = official.destination;
  return [
    `!(k == ${text(keyOf(official))} && (${written}).startsWith(${text(`${registry}/`)}) && !(${written}).startsWith(${text(`${registry}/${officialPrefix}`)}))`,
  ];
}

/** Writes the names by which rules for its host may know an image: its own, then what it is below. */
function namesOfHost({ indexed }: RuleSet, { name, suffix, host }: Parts): string[] {
  const origins = indexed.map(({ origin }) => origin).filter(({ kind }) => kind === 'host');
  return [
    ...(origins.some((origin) => origin.suffix !== '') ? [`${name} + ${versionOf(suffix)}`] : []),
    ...depthsOf(origins).map((depth) => (depth === 0 ? host : beginning(name, depth + 1))),
  ];
}

/** Writes the same for rules of `*.host`, from the longest host. */
function namesOfWildcards({ indexed, below }: RuleSet, { name, suffix, host }: Parts): string[] {
  const origins = indexed.map(({ origin }) => origin).filter(({ kind }) => kind === 'below');
  const depths = depthsOf(origins);
  const repository = `${name}.substring(size(${host}))`;
  const hasImages = origins.some((origin) => origin.suffix !== '');
  const labels = distinct([...below.keys()].map((host) => host.split('.').length - 1));
  return labels.flatMap((count) => {
    // Without such an end the text is not the name of any rule.
    const end = `"*" + (size(${host}) > ${maxHostLength + 1} ? "" : ${host}.find(r"(\\.[^./]+){${count}}/$"))`;
    return [
      ...(hasImages ? [`${end} + ${repository} + ${versionOf(suffix)}`] : []),
      ...depths.map((depth) => (depth === 0 ? end : `${end} + ${beginning(repository, depth)}`)),
    ];
  });
}

function depthsOf(origins: readonly Rule['origin'][]): number[] {
  const below = origins.filter(({ suffix }) => suffix === '');
  return distinct(below.map(({ path }) => segmentsOf(path).length));
}
