import { dockerHub } from '../reference/docker-hub.ts';
import type { Diagnostic, DiagnosticCode, Position } from './diagnostic.ts';
import { findRule } from './find-rule.ts';
import { formatPath } from './format-path.ts';
import { positionOfKey } from './key-positions.ts';
import type { Rule, RuleSet } from './rule-set.ts';
import { pathsAbove } from './segments.ts';

/** Finds each `library`, `path` and `pullSecrets` that has no effect. */
export function findUnusedKeys(ruleSet: RuleSet): Diagnostic[] {
  return [
    ...unusedSecrets(ruleSet),
    ...rulesByEntry(ruleSet).flatMap((rules) => [
      ...unusedLibrary(rules, ruleSet),
      ...unusedPath(rules, ruleSet),
    ]),
  ];
}

/** Lists the rules of each entry of the file. */
function rulesByEntry({ rules }: RuleSet): [Rule, ...Rule[]][] {
  const entries: [Rule, ...Rule[]][] = [];
  for (const rule of rules) {
    const last = entries.at(-1);
    if (last?.[0].entry === rule.entry) last.push(rule);
    else entries.push([rule]);
  }
  return entries;
}

function unusedLibrary(rules: [Rule, ...Rule[]], ruleSet: RuleSet): Diagnostic[] {
  const [first] = rules;
  if (ruleSet.file.rules[first.entry]?.library === undefined) return [];
  if (rules.some((rule) => decidesOfficialImages(rule, ruleSet))) return [];
  const message = `library has no effect on "${first.from}"`;
  const expected = 'library only on the rule that rewrites the official images of docker.io';
  return [unused(first, 'unused-library', message, expected)];
}

/**
 * Reports whether a rule rewrites official images of Docker Hub in some namespace, and is for the
 * whole of Docker Hub.
 */
function decidesOfficialImages(rule: Rule, ruleSet: RuleSet): boolean {
  const { kind, host, path } = rule.origin;
  const isOfHub =
    kind === 'any' || (kind === 'host' ? host === dockerHub : dockerHub.endsWith(host));
  if (!isOfHub || path !== '' || rule.action !== 'rewrite') return false;
  const official = { host: dockerHub, repository: 'library/x', suffix: '' };
  const decides = findRule(ruleSet, official, { namespace: undefined });
  // A more specific rule for some namespaces leaves the others to this one.
  return decides === rule || decides?.namespaces !== undefined;
}

function unusedPath(rules: [Rule, ...Rule[]], { file }: RuleSet): Diagnostic[] {
  const [first] = rules;
  if (file.rules[first.entry]?.path === undefined) return [];
  if (first.action === 'rewrite' && rules.some(({ origin }) => origin.suffix === '')) return [];
  const message = `path has no effect on "${first.from}"`;
  const expected = 'path only on a rule that has a to, and a from without tag or digest';
  return [unused(first, 'unused-path', message, expected)];
}

/** Finds `pullSecrets: []` that leaves out nothing: no shorter key names any. */
function unusedSecrets(ruleSet: RuleSet): Diagnostic[] {
  const { registries } = ruleSet;
  const written = new Map(registries.entries.map((entry) => [entry.key, entry]));
  const naming = registries.entries.filter(({ facts }) => (facts.pullSecrets ?? []).length > 0);
  const keys = new Set(naming.map(({ host, path }) => `${host}/${path}`));
  return [...written.values()].flatMap(({ key, host, path, facts }) => {
    if (facts.pullSecrets?.length !== 0 || hasShorter(keys, host, path)) return [];
    const message = `pullSecrets of "${key}" has no effect: no shorter key names Secrets`;
    const expected = 'names of Secrets, or no pullSecrets';
    const position = positionOfKey(ruleSet, formatPath(['registries', key, 'pullSecrets']));
    return [unused(position, 'unused-pull-secrets', message, expected)];
  });
}

/** Reports whether a key above a place is one of `keys`, each as `host/path`. */
function hasShorter(keys: ReadonlySet<string>, host: string, path: string): boolean {
  return pathsAbove(path).some((above) => keys.has(`${host}/${above}`));
}

function unused(
  { line, column }: Position,
  code: DiagnosticCode,
  message: string,
  expected: string,
): Diagnostic {
  return { line, column, code, severity: 'warning', message, expected };
}
