import { compileRules, emptyRuleSet } from '../rules/compile.ts';
import { formatDiagnostic } from '../rules/diagnostic.ts';
import { parseOrigin } from '../rules/origin.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { RuleEntry, RulesFile } from '../rules/schema.ts';
import { defaultRules } from './default-rules.ts';
import { parseRulesParameter, type RulesParameter } from './rules-form.ts';
import type { HeldRules } from './rules-report.ts';

/** RulesEnvironment is the environment variables that the template's parameters become. */
export interface RulesEnvironment {
  /** The value of ${mirror} in the rules. */
  readonly MIRROR?: string | undefined;
  /**
   * A rules file as JSON. It is added to the default rules, or, with `"replace": true`, replaces
   * them.
   */
  readonly RULES?: string | undefined;
}

/**
 * Returns the rules in force. If RULES is broken, they are the default rules. If MIRROR is broken,
 * there are no rules: it is better to admit Pods as they were written than to send them to a mirror
 * that the user did not choose.
 */
export function chooseRules({ MIRROR, RULES }: RulesEnvironment): HeldRules {
  const base: RulesFile = MIRROR ? { ...defaultRules, mirror: MIRROR } : defaultRules;
  const diagnostics: string[] = [];
  if (RULES) {
    const parameter = parseRulesParameter(RULES);
    if (typeof parameter === 'string') diagnostics.push(parameter);
    else {
      const ruleSet = compile('RULES', merge(base, parameter), diagnostics);
      if (ruleSet !== undefined) return hold('RULES', ruleSet, diagnostics);
    }
    diagnostics.push('RULES is not used; the default rules are');
  }
  const ruleSet = compile('MIRROR', base, diagnostics);
  const isValid = ruleSet !== undefined && !RULES;
  if (ruleSet === undefined) {
    diagnostics.push('without MIRROR there are no rules: every image is kept');
  }
  return hold('the template', ruleSet ?? emptyRuleSet, diagnostics, isValid);
}

function hold(
  source: string,
  ruleSet: RuleSet,
  diagnostics: readonly string[],
  isValid = true,
): HeldRules {
  return { source, isValid, ruleSet, text: JSON.stringify(ruleSet.file), diagnostics };
}

function compile(name: string, file: RulesFile, diagnostics: string[]): RuleSet | undefined {
  const compiled = compileRules(file);
  // Line and column are left out: the value is a single line.
  const lines = compiled.diagnostics.map((diagnostic) => formatDiagnostic(name, diagnostic));
  diagnostics.push(...lines.map((line) => line.replace(/:\d+:\d+:/, ':')));
  return compiled.ruleSet;
}

/** Merges the two files. If both have a key or a rule for the same name, RULES wins. */
function merge(base: RulesFile, { replace, ...added }: RulesParameter): RulesFile {
  const { rules = [] } = added;
  const inherited = replace ? [] : without(base.rules, rules);
  return { ...base, ...added, rules: [...inherited, ...rules] };
}

/**
 * Returns the rules without the names that other rules have: the same `from` twice would be an
 * error.
 */
function without(rules: readonly RuleEntry[], others: readonly RuleEntry[]): RuleEntry[] {
  const taken = new Set(others.flatMap(namesOf).map(keyOf));
  return rules.flatMap((rule) => {
    const from = namesOf(rule).filter((name) => !taken.has(keyOf(name)));
    return from.length === 0 ? [] : { ...rule, from };
  });
}

function namesOf({ from }: RuleEntry): readonly string[] {
  return typeof from === 'string' ? [from] : from;
}

/**
 * Returns a key that is the same for names that mean the same, such as docker.io and
 * index.docker.io.
 */
function keyOf(from: string): string {
  const origin = parseOrigin(from);
  return origin === undefined ? from : `${origin.kind} ${origin.host}/${origin.path}`;
}
