import { dockerHub } from '../reference/reference.ts';
import type { Diagnostic } from './diagnostic.ts';
import { findRule, isMirrored } from './find-rule.ts';
import { admitsNamespace } from './glob.ts';
import { ruleHost } from './origin.ts';
import { maxNameLength, type Rule, type RuleSet, registryVariable } from './rule-set.ts';
import type { NamespaceFilter } from './schema.ts';

const everywhere = { namespace: undefined };

interface Index {
  readonly ruleSet: RuleSet;
  readonly byTarget: ReadonlyMap<string, readonly Rule[]>;
  readonly byEntry: ReadonlyMap<number, readonly Rule[]>;
}

/**
 * What a valid rules file does that its writer can hardly have meant. Each rule is looked at for itself, so the cost
 * grows with the number of rules, not with its square.
 */
export function checkRules(ruleSet: RuleSet): Diagnostic[] {
  const index = {
    ruleSet,
    byTarget: groupByTarget(ruleSet.rules),
    byEntry: groupByEntry(ruleSet.rules),
  };
  const findings = ruleSet.rules.flatMap((rule) => [
    ...unreachable(rule, ruleSet),
    ...chained(rule, ruleSet),
    ...colliding(rule, index),
    ...unusedLibrary(rule),
  ]);
  return [...findings, ...publicBypass(ruleSet)].sort(
    (a, b) => a.line - b.line || a.column - b.column,
  );
}

function finding(
  rule: Rule,
  code: Diagnostic['code'],
  message: string,
  expected: string,
): Diagnostic[] {
  const { line, column } = rule;
  return [{ line, column, code, severity: 'warning', message, expected }];
}

/** A rule that is never asked: its images are already mirrored, bypassed, or in no namespace that the file admits. */
function unreachable(rule: Rule, ruleSet: RuleSet): Diagnostic[] {
  const { origin, from } = rule;
  if (origin.kind === 'host' && isMirrored(ruleSet, origin.host, origin.path)) {
    const message = `"${from}" lies below a to of this file, so its images count as mirrored already`;
    return finding(rule, 'unreachable-rule', message, 'a from that is outside every to');
  }
  if (origin.kind === 'host' && `${origin.host}/` === ruleSet.bypass.toLowerCase()) {
    const message = `"${from}" is the bypass prefix, which is taken off before rules are asked`;
    return finding(rule, 'unreachable-rule', message, 'another bypass, or another from');
  }
  if (rule.action === 'rewrite' && rule.to.length + 2 > maxNameLength) {
    const message = `the to of "${from}" leaves no room for a repository`;
    return finding(rule, 'unreachable-rule', message, `a to shorter than ${maxNameLength}`);
  }
  if (!holdsNowhere([rule.namespaces, ruleSet.file.namespaces])) return [];
  const message = `"${from}" holds in no namespace`;
  return finding(rule, 'unreachable-rule', message, 'an include that every exclude lets through');
}

/** Whether no namespace passes all filters. Globs cannot be compared in general; names, and globs that no name matches, can. */
function holdsNowhere(filters: readonly (NamespaceFilter | undefined)[]): boolean {
  if (filters.some((filter) => filter?.exclude?.includes('*'))) return true;
  return filters.some((filter) => {
    const possible = filter?.include?.filter((glob) => /^[a-z0-9*?-]{1,63}$/.test(glob));
    return possible?.every(
      (glob) => !/[*?]/.test(glob) && !filters.every((one) => admitsNamespace(one, glob)),
    );
  });
}

/** `library` decides of Docker Hub's official images only, and only where the rule is for the whole of Docker Hub. */
function unusedLibrary(rule: Rule): Diagnostic[] {
  const { origin, from, library } = rule;
  const isOfHub = origin.path === '' && (origin.kind !== 'host' || origin.host === dockerHub);
  if (library === 'as-written' || (isOfHub && rule.action === 'rewrite')) return [];
  const message = `library has no effect on "${from}"`;
  return finding(rule, 'unused-library', message, 'library on a rule with a to, from docker.io');
}

/** A `to` that another rule would rewrite again, where it is not known for a mirror (on nodes, for example). */
function chained(rule: Rule, ruleSet: RuleSet): Diagnostic[] {
  if (rule.action !== 'rewrite') return [];
  const { registry, path } = targetOf(rule.to);
  const fixed = path.split(`/${registryVariable}`)[0] ?? '';
  const next = findRule(ruleSet, ruleHost(registry), fixed, everywhere);
  // A lone * names no registry: that it matches the mirror too is what it is for.
  if (next?.action !== 'rewrite' || next.origin.kind === 'any') return [];
  const message = `${rule.to} is itself rewritten, by "${next.from}" in line ${next.line}`;
  return finding(
    rule,
    'chained-rule',
    message,
    'a to that no from matches, or keep: true for the mirror',
  );
}

/** Two origins, not declared to be the same images, that go to one mirror repository. */
function colliding(rule: Rule, index: Index): Diagnostic[] {
  if (rule.action !== 'rewrite') return [];
  const isAlone = (index.byEntry.get(rule.entry) ?? []).length === 1;
  if (rule.origin.kind !== 'host' && isAlone && !rule.isTemplate) {
    const message = `"${rule.from}" sends different registries to one place, ${rule.to}`;
    return finding(rule, 'colliding-origins', message, '${registry} as a segment of the to');
  }
  const { registry, path } = targetOf(rule.to);
  const segments = path === '' ? [] : path.split('/');
  for (let length = segments.length; length >= 0; length--) {
    const above = [registry, ...segments.slice(0, length)].join('/');
    const rest = segments.slice(length).join('/');
    const other =
      index.byTarget.get(above)?.find((one) => meets(one, rest, rule, index)) ??
      templateAbove(rule, above, rest, index);
    if (other === undefined) continue;
    const message = `"${rule.from}" and "${other.from}" in line ${other.line} meet in ${rule.to}`;
    return finding(
      rule,
      'colliding-origins',
      message,
      'one list, if they are the same images; else another to',
    );
  }
  return [];
}

/** A rule with ${registry} where `above` has a host that the rule is for. */
function templateAbove(rule: Rule, above: string, rest: string, index: Index): Rule | undefined {
  const segments = above.split('/');
  for (const [at, host] of segments.entries()) {
    const template = segments.with(at, registryVariable).join('/');
    const found = index.byTarget.get(template)?.find(({ origin, entry }) => {
      if (entry === rule.entry || at === 0 || rest !== '') return false;
      return origin.kind === 'any' ? host.includes('.') : host.endsWith(origin.host);
    });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether images of `other` below `rest` end where those of `rule` do, and nothing says that they are the same. */
function meets(other: Rule, rest: string, rule: Rule, index: Index): boolean {
  if (other.entry === rule.entry) return false;
  // Of two wildcards a host belongs to one, and ${registry} keeps hosts apart.
  if (other.isTemplate && rule.isTemplate) return false;
  // For the same place the later rule of the file is told, once.
  if (rest === '' && other.entry > rule.entry) return false;
  if (rest === '') return true;
  const sameAsOther = index.byEntry.get(other.entry) ?? [];
  const owners = sameAsOther.map((one) => ownerBelow(one, rest, index.ruleSet));
  // What one of the list's names says below `rest` it says for all of them.
  if (owners.some((owner) => owner?.entry === rule.entry)) return false;
  return owners.some((owner) => owner?.entry === other.entry);
}

function ownerBelow(rule: Rule, rest: string, ruleSet: RuleSet): Rule | undefined {
  const { kind, host, path } = rule.origin;
  if (kind !== 'host') return rule;
  return findRule(ruleSet, host, path === '' ? rest : `${path}/${rest}`, everywhere);
}

function groupByEntry(rules: readonly Rule[]): Map<number, Rule[]> {
  const groups = new Map<number, Rule[]>();
  for (const rule of rules) append(groups, rule.entry, rule);
  return groups;
}

/** One rule of each entry: those of one entry never collide. */
function groupByTarget(rules: readonly Rule[]): Map<string, Rule[]> {
  const groups = new Map<string, Rule[]>();
  for (const rule of rules) {
    if (rule.action !== 'rewrite') continue;
    const { registry, path } = targetOf(rule.to);
    const key = path === '' ? registry : `${registry}/${path}`;
    if (groups.get(key)?.at(-1)?.entry !== rule.entry) append(groups, key, rule);
  }
  return groups;
}

function append<Key>(groups: Map<Key, Rule[]>, key: Key, rule: Rule): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [rule]);
  else group.push(rule);
}

function targetOf(to: string): { registry: string; path: string } {
  const slash = to.indexOf('/');
  const registry = ruleHost(slash === -1 ? to : to.slice(0, slash));
  return { registry, path: slash === -1 ? '' : to.slice(slash + 1) };
}

/** Said once: whoever owns the bypass's DNS name is asked for images wherever the webhook does not act. */
function publicBypass(ruleSet: RuleSet): Diagnostic[] {
  const host = ruleSet.bypass.slice(0, -1);
  const isPrivate = /(^|\.)(localhost|local|internal|invalid|test|example)$/.test(
    host.toLowerCase(),
  );
  if (host === '' || isPrivate) return [];
  const message = `"${host}" can be a public DNS name: where the webhook does not act, nodes ask it for the image`;
  const expected = 'a name that you control, such as direct.internal';
  return [{ line: 1, column: 1, code: 'public-bypass', severity: 'note', message, expected }];
}
