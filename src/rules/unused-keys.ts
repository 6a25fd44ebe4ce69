import { dockerHub } from '../reference/docker-hub.ts';
import type { Diagnostic, DiagnosticCode, Position } from './diagnostic.ts';
import { findRule } from './find-rule.ts';
import { positionOfKey } from './key-positions.ts';
import type { Rule, RuleSet } from './rule-set.ts';

/** Finds each `library` and `pullSecrets` that has no effect. */
export function findUnusedKeys(ruleSet: RuleSet): Diagnostic[] {
  return [
    ...unusedFileSecrets(ruleSet),
    ...rulesByEntry(ruleSet).flatMap((rules) => [
      ...unusedLibrary(rules, ruleSet),
      ...unusedSecrets(rules, ruleSet),
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
  const decides = findRule(ruleSet, dockerHub, 'library/x', { namespace: undefined });
  // A more specific rule for some namespaces leaves the others to this one.
  return decides === rule || decides?.namespaces !== undefined;
}

function unusedSecrets([first]: readonly [Rule, ...Rule[]], { file }: RuleSet): Diagnostic[] {
  const secrets = file.rules[first.entry]?.pullSecrets;
  if (secrets === undefined) return [];
  const isRewritten = first.action === 'rewrite';
  const isSame = secrets.length === 0 && (file.pullSecrets ?? []).length === 0;
  if (isRewritten && !isSame) return [];
  const message = `pullSecrets has no effect on "${first.from}"`;
  const expected = isRewritten
    ? 'names of Secrets: the file has none that [] could leave out'
    : 'pullSecrets only on a rule that has a to';
  return [unused(first, 'unused-pull-secrets', message, expected)];
}

function unusedFileSecrets(ruleSet: RuleSet): Diagnostic[] {
  const { file, rules } = ruleSet;
  if (file.pullSecrets === undefined) return [];
  const isUsed = rules.some(
    ({ action, entry }) => action === 'rewrite' && file.rules[entry]?.pullSecrets === undefined,
  );
  if (isUsed && file.pullSecrets.length > 0) return [];
  const message = isUsed
    ? 'pullSecrets names no Secret'
    : 'pullSecrets has no effect: no rule has a to without pullSecrets of its own';
  const expected = isUsed ? 'names of Secrets' : 'a rule that uses them, or no pullSecrets';
  const position = positionOfKey(ruleSet, 'pullSecrets');
  return [unused(position, 'unused-pull-secrets', message, expected)];
}

function unused(
  { line, column }: Position,
  code: DiagnosticCode,
  message: string,
  expected: string,
): Diagnostic {
  return { line, column, code, severity: 'warning', message, expected };
}
