import { Collisions } from './collisions.ts';
import { fixedPart } from './destination.ts';
import type { Diagnostic } from './diagnostic.ts';
import { DiagnosticList, mostDiagnostics } from './diagnostic-list.ts';
import { findRule, isMirrored } from './find-rule.ts';
import { positionOfKey } from './key-positions.ts';
import { type IsNowhere, nowhere } from './nowhere.ts';
import { maxNameLength, type Rule, type RuleSet } from './rule-set.ts';
import { findUnusedKeys } from './unused-keys.ts';

/**
 * Returns what a valid rules file does that its writer can hardly have meant. Each rule is looked
 * at for itself, so the cost grows with the number of rules, not with its square.
 */
export function checkRules(ruleSet: RuleSet): readonly Diagnostic[] {
  const collisions = new Collisions(ruleSet);
  const isNowhere = nowhere(ruleSet.file.namespaces);
  const found = new DiagnosticList(mostDiagnostics);
  const add = (diagnostics: readonly Diagnostic[]) => {
    for (const one of diagnostics) found.add(one.severity, () => one);
  };
  for (const rule of ruleSet.rules) {
    add(unreachable(rule, ruleSet, isNowhere));
    add(chained(rule, ruleSet));
    add(colliding(rule, collisions));
    add(shortening(rule));
  }
  add(findUnusedKeys(ruleSet));
  add(incomplete(collisions, ruleSet));
  add(publicBypass(ruleSet));
  return found.inFileOrder();
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

/**
 * Finds a rule that is never asked: its images are already mirrored, bypassed, or in no namespace
 * that the file admits.
 */
function unreachable(rule: Rule, ruleSet: RuleSet, isNowhere: IsNowhere): Diagnostic[] {
  const { origin, from } = rule;
  const { host, path: repository, suffix } = origin;
  if (origin.kind === 'host' && isMirrored(ruleSet, { host, repository, suffix }, rule.depth)) {
    const message = `"${from}" is a to of this file, so its images count as mirrored already`;
    const expected = 'another from, or a longer one under that to';
    return finding(rule, 'unreachable-rule', message, expected);
  }
  if (origin.kind === 'host' && `${origin.host}/` === ruleSet.bypass.toLowerCase()) {
    const message = `"${from}" is the bypass prefix, which is removed before any rule is applied`;
    return finding(rule, 'unreachable-rule', message, 'another bypass, or another from');
  }
  if (rule.action === 'rewrite' && rule.destination.name.length + 2 > maxNameLength) {
    const message = `the to of "${from}" leaves no room for a repository`;
    return finding(rule, 'unreachable-rule', message, `a to shorter than ${maxNameLength}`);
  }
  if (!isNowhere(rule.namespaces)) return [];
  const message = `"${from}" applies in no namespace`;
  return finding(rule, 'unreachable-rule', message, 'an include that no exclude covers');
}

/**
 * Finds a `to` that another rule would rewrite again if it is not known for a mirror (on nodes, for
 * example).
 */
function chained(rule: Rule, ruleSet: RuleSet): Diagnostic[] {
  if (rule.action !== 'rewrite') return [];
  const { host, path: repository } = fixedPart(rule.destination);
  const next = findRule(ruleSet, { host, repository, suffix: '' }, { namespace: undefined });
  // A lone * names no registry: that it matches the mirror too is what it is for.
  if (next?.action !== 'rewrite' || next.origin.kind === 'any') return [];
  const message = `${rule.destination.name} is rewritten again, by "${next.from}" in line ${next.line}`;
  return finding(
    rule,
    'chained-rule',
    message,
    'a to that no from matches, or keep: true for the mirror',
  );
}

/** Finds two origins, not declared to be the same images, that go to one mirror repository. */
function colliding(rule: Rule, collisions: Collisions): Diagnostic[] {
  if (rule.action !== 'rewrite') return [];
  const { name, isTemplate } = rule.destination;
  if (rule.origin.kind !== 'host' && collisions.isAlone(rule) && !isTemplate) {
    const message = `"${rule.from}" sends images of different registries to the same place, ${name}`;
    return finding(rule, 'colliding-origins', message, '${registry} in the path of the to');
  }
  const other = collisions.of(rule);
  if (other === undefined) return [];
  const message = `images of "${rule.from}" and "${other.from}" in line ${other.line} can get the same name in ${name}`;
  const expected = 'one list if they are the same images, otherwise another to';
  return finding(rule, 'colliding-origins', message, expected);
}

/** Notes that names which are shortened can meet; which of them do depends on the images. */
function shortening({ action, shape, depth, from, line, column }: Rule): Diagnostic[] {
  if (action !== 'rewrite' || shape === 'whole' || depth === Number.POSITIVE_INFINITY) return [];
  const example = shape === 'last' ? 'a/x and b/x' : 'a/b-c and a-b/c';
  const message = `path: ${shape} gives different images of "${from}" one name, such as ${example}`;
  const expected = 'to find those among your images: detour check --images FILE';
  return [{ line, column, code: 'colliding-images', severity: 'note', message, expected }];
}

/**
 * Notes that collisions are searched for within limits: in a file made for it every two rules would
 * have to be compared.
 */
function incomplete({ isComplete }: Collisions, ruleSet: RuleSet): Diagnostic[] {
  if (isComplete) return [];
  const message = 'too many rules share parts of their to: some pairs were not compared';
  const position = positionOfKey(ruleSet, 'rules');
  return [{ ...position, code: 'more-diagnostics', severity: 'note', message }];
}

/**
 * Notes once that whoever owns the bypass's DNS name is asked for images wherever the webhook does
 * not act.
 */
function publicBypass(ruleSet: RuleSet): Diagnostic[] {
  const host = ruleSet.bypass.slice(0, -1);
  const isPrivate = /(^|\.)(localhost|local|internal|invalid|test|example)$/.test(
    host.toLowerCase(),
  );
  if (host === '' || isPrivate) return [];
  const message = `"${host}" can be a public DNS name: if the webhook does not act on a Pod, its node asks that host for the image`;
  const expected = 'a name that you control, such as direct.internal';
  const position = positionOfKey(ruleSet, 'bypass');
  return [{ ...position, code: 'public-bypass', severity: 'note', message, expected }];
}
