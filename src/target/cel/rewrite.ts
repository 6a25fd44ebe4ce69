import { dockerHub, officialPrefix } from '../../reference/docker-hub.ts';
import { registryVariable } from '../../rules/destination.ts';
import { maxNameLength, type Rule, type RuleSet } from '../../rules/rule-set.ts';
import { keyOf, mirrors, namedRules, ruleTables } from './find-rule.ts';
import { extended, list, pattern, text } from './literal.ts';
import { partFields, type Variable, variable, variables } from './variables.ts';

/*
 * What images become: decision/decide.ts in CEL. From `named` (reference.ts) to `rewritten`, whose
 * items have the image's `place` and `pointer`, the rule's name as `key`, and what is written as
 * `becomes`.
 */

const fields = ['place', 'pointer', ...partFields] as const;
/** A registry and a path, in which ${registry} left nothing that no path has. */
const writable = pattern('^[^/]+/[^A-Z\\[]+/$');

/** Returns the variables that lead from `named` to `rewritten`. */
export function rewriteVariables(ruleSet: RuleSet): Variable[] {
  const rules = ruleTables(ruleSet, ({ destination }) =>
    destination === undefined ? '' : `${destination.name}/`,
  );
  const mirror = mirrors(ruleSet);
  const parts = { to: rules.value, rest: rest(ruleSet) };
  return [
    ...mirror.variables,
    ...rules.variables,
    variable(
      'found',
      `${variables.named}.filter(x, !${mirror.isMirrored})
.map(x, ${extended(fields, { key: rules.key })})
.filter(x, x.key != "")`,
    ),
    variable(
      'rewritten',
      `${variables.found}.map(x, ${extended([...fields, 'key'], parts)})
.filter(x, x.to != "")
.map(x, {"place": x.place, "pointer": x.pointer, "key": x.key, "suffix": x.suffix, "name": ${resolvedDestination(ruleSet)} + x.rest})
.filter(x, size(x.name) <= ${maxNameLength + 1} && x.name.matches(${writable}))
.map(x, {"place": x.place, "pointer": x.pointer, "key": x.key, "becomes": x.name.substring(0, size(x.name) - 1) + x.suffix})`,
    ),
  ];
}

/**
 * Writes what follows the rule's name in the repository; for the whole of Docker Hub, the rule says
 * whether `library/` goes along.
 */
function rest(ruleSet: RuleSet): string {
  const isWhole = 'x.key.indexOf("/") == size(x.key) - 1';
  const below = 'x.repository.substring(size(x.key) - 1 - x.key.indexOf("/"))';
  return `x.host == "${dockerHub}" && ${isWhole} ? ${restOfHub(ruleSet)} : ${below}`;
}

function restOfHub(ruleSet: RuleSet): string {
  const ofWhole = [...namedRules(ruleSet).values()].filter(({ origin }) => origin.path === '');
  const keys = (library: Rule['library']) =>
    ofWhole.filter((rule) => rule.library === library && mayBeHub(rule)).map(keyOf);
  const [always, never] = [keys('always'), keys('never')];
  const { length } = officialPrefix;
  const isOfficial = `x.repository.startsWith("${officialPrefix}") && x.repository.indexOf("/", ${length}) == size(x.repository) - 1`;
  const stripped = `(${isOfficial} ? x.repository.substring(${length}) : x.repository)`;
  return [
    '(',
    ...(always.length === 0 ? [] : [`x.key in ${list(always)} ? x.repository : `]),
    ...(never.length === 0 ? [] : [`x.key in ${list(never)} ? ${stripped} : `]),
    'x.path + "/")',
  ].join('');
}

function mayBeHub({ origin: { kind, host } }: Rule): boolean {
  return kind === 'host' ? host === dockerHub : dockerHub.endsWith(host);
}

/** Writes `x.to` with the image's registry in it. */
function resolvedDestination(ruleSet: RuleSet): string {
  if (!ruleSet.indexed.some(({ destination }) => destination?.isTemplate)) return 'x.to';
  const registry = `(x.host == "${dockerHub}" ? x.host : x.registry.substring(0, size(x.registry) - 1).replace(":", "-").lowerAscii())`;
  return `x.to.replace(${text(registryVariable)}, ${registry})`;
}
