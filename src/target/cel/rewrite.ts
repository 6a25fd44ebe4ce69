import { dockerHub, officialPrefix } from '../../reference/docker-hub.ts';
import { registryVariable } from '../../rules/destination.ts';
import { maxNameLength, type Rule, type RuleSet } from '../../rules/rule-set.ts';
import { chainsOf } from './chains.ts';
import { type RuleTables, ruleTables } from './find-rule.ts';
import { itemOf, listOf } from './item.ts';
import { list, pattern, text } from './literal.ts';
import { deepestMirrors, mirrors, mirrorsInRules } from './mirrors.ts';
import { keyOf, namedRules, nameOf } from './names.ts';
import { passesOf } from './passes.ts';
import { partItem, pathOf } from './reference.ts';
import { type NameSet, nameSet } from './table.ts';
import { type Variable, variable, variables, writtenVariables } from './variables.ts';
import { type Results, resultsOf, writtenItem } from './written-name.ts';

/*
 * What images become: decision/decide.ts in CEL. From `named` (mutation.ts) to `rewritten`.
 */

/** Reads an image that is left to the rules. */
const namedItem = partItem(['pointer']);
const aboveItem = itemOf('pointer', 'written', 'suffix', 'host', 'name', 'mirror');
const foundItem = itemOf('pointer', 'written', 'suffix', 'host', 'name', 'key');

/** Returns the variables that lead from `named` to `rewritten`. */
export function rewriteVariables(ruleSet: RuleSet): Variable[] {
  const rules = ruleTables(ruleSet, namedItem, ({ destination }) =>
    destination === undefined ? '' : `${destination.name}/`,
  );
  const results = resultsOf(ruleSet);
  const templates = templateSet(ruleSet);
  const isWritable = writableTest(ruleSet);
  const first = `${firstResults(ruleSet, { rules, results, templates })}\n${isWritable}`;
  if (ruleSet.decidedBelow === undefined) {
    const mirror = mirrors(mirrorsInRules(ruleSet), namedItem);
    const found = listOf(foundItem, { ...namedItem, key: rules.key });
    const isOpen = mirror.isMirrored === undefined ? '' : `!${mirror.isMirrored}, `;
    return [
      ...mirror.variables,
      ...rules.variables,
      ...templates.variables,
      ...results.variables,
      variable('found', `${variables.named}.map(x, ${isOpen}${found})`),
      variable('rewritten', first),
    ];
  }
  const mirror = deepestMirrors(mirrorsInRules(ruleSet), namedItem);
  const chains = chainsOf(ruleSet);
  const { tables, passes } = passesOf({ chains, rules, mirror, results, isWritable });
  const above = listOf(aboveItem, { ...namedItem, mirror: mirror.deepest });
  const found = listOf(foundItem, { ...aboveItem, key: rules.keyAbove(aboveItem.mirror) });
  return [
    ...mirror.variables,
    ...rules.variables,
    ...templates.variables,
    ...results.variables,
    ...tables,
    variable('above', `${variables.named}.map(x, ${above})`),
    variable('found', `${variables.above}.map(x, ${found})`),
    ...writtenVariables([first, ...passes]),
  ];
}

/** Writes what the rules make of what they found. */
function firstResults(
  ruleSet: RuleSet,
  { rules, results, templates }: { rules: RuleTables; results: Results; templates: NameSet },
): string {
  const { key } = foundItem;
  const to = rules.valueAt(key);
  const isRewritten = `${key} != ""${ruleSet.indexed.every(isRewrite) ? '' : ` && ${to} != ""`}`;
  const written = listOf(writtenItem, {
    ...foundItem,
    suffix: results.suffix(key, foundItem.suffix),
    name: `${resolvedDestination(templates, to)} + ${results.shaped(rest(ruleSet), key)}`,
  });
  return `${variables.found}.map(x, ${isRewritten}, ${written})`;
}

function isRewrite({ action }: Rule): boolean {
  return action === 'rewrite';
}

/**
 * Drops the items whose name cannot be written: those images stay as they were. It is too long, it is
 * a registry alone, or an IPv6 address was to be a part of it.
 */
function writableTest({ indexed }: RuleSet): string {
  const { name } = writtenItem;
  const destinations = indexed.flatMap(({ destination }) => destination ?? []);
  const tests = [
    `size(${name}) <= ${maxNameLength + 1}`,
    ...(destinations.some(({ path }) => path === '')
      ? [`${name}.indexOf("/") < size(${name}) - 1`]
      : []),
    ...(destinations.some(({ isTemplate }) => isTemplate) ? [`!${name}.contains("[")`] : []),
  ];
  return `.filter(x, ${tests.join(' && ')})`;
}

/**
 * Writes what follows the rule's name in the repository; for the whole of Docker Hub, the rule says
 * whether `library/` goes along.
 */
function rest(ruleSet: RuleSet): string {
  const { key, host, name } = foundItem;
  const { indexed, below, any } = ruleSet;
  const hasWildcards = below.size > 0 || any !== undefined;
  const start = hasWildcards
    ? `size(${host}) + size(${key}) - 1 - ${key}.indexOf("/")`
    : `size(${key})`;
  const ofName = `${name}.substring(${start})`;
  const hasImages = indexed.some(({ origin }) => origin.suffix !== '');
  const ofPath = hasImages ? `(!${key}.endsWith("/") ? "" : ${ofName})` : ofName;
  return restOfHub(ruleSet, ofPath);
}

/** Writes the rest for images of Docker Hub, `otherwise` for the others. */
function restOfHub(ruleSet: RuleSet, otherwise: string): string {
  const { key, host, name, written } = foundItem;
  const rules = [...namedRules(ruleSet).values()].filter(isForWholeHub);
  const keys = (library: Rule['library']) =>
    rules.filter((rule) => rule.library === library).map(keyOf);
  const isOf = (names: readonly string[]) =>
    names.every((name) => name === nameOf(dockerHub, ''))
      ? `${key} == "${dockerHub}/"`
      : `${host} == "${dockerHub}/" && ${key} in ${list(names)}`;
  const [asWritten, never] = [keys('as-written'), keys('never')];
  const library = `${dockerHub}/${officialPrefix}`;
  const repository = `${name}.substring(${dockerHub.length + 1})`;
  const isOfficial = `${name}.matches(${pattern(`^${library.replaceAll('.', '\\.')}[^/]+/$`)})`;
  const stripped = `(${isOfficial} ? ${name}.substring(${library.length}) : ${repository})`;
  const cases = [
    ...(asWritten.length === 0 ? [] : [`${isOf(asWritten)} ? ${pathOf(written)} + "/" : `]),
    ...(never.length === 0 ? [] : [`${isOf(never)} ? ${stripped} : `]),
  ];
  return cases.length === 0 ? otherwise : `(${cases.join('')}${otherwise})`;
}

/** Reports whether a rule is for all images of Docker Hub, alone or with other registries. */
function isForWholeHub({ origin: { kind, host, path, suffix } }: Rule): boolean {
  const isForHub = kind === 'host' ? host === dockerHub : dockerHub.endsWith(host);
  return isForHub && path === '' && suffix === '';
}

/** Writes the destination `to` with the image's registry in it. */
function resolvedDestination(templates: NameSet, to: string): string {
  const { host, key } = foundItem;
  const isTemplate = templates.has(key);
  if (isTemplate === 'false') return to;
  const registry = `${host}.substring(0, size(${host}) - 1).replace(":", "-")`;
  return `(${isTemplate} ? ${to}.replace(${text(registryVariable)}, ${registry}) : ${to})`;
}

/** Makes the table of the rules with ${registry} in their destination. */
function templateSet(ruleSet: RuleSet): NameSet {
  const rules = [...namedRules(ruleSet)].filter(([, { destination }]) => destination?.isTemplate);
  return nameSet(
    'templates',
    rules.map(([key]) => key),
  );
}
