import { compileRules, emptyRuleSet } from '../rules/compile.ts';
import { formatDiagnostic } from '../rules/diagnostic.ts';
import { parseOrigin } from '../rules/origin.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { RuleEntry, RulesFile } from '../rules/schema.ts';
import { defaultRules } from './default-rules.ts';
import { parseRulesParameter, type RulesParameter } from './rules-form.ts';

/** The environment variables that the template's parameters become. */
export interface RulesEnvironment {
  /** What ${mirror} stands for. */
  readonly MIRROR?: string | undefined;
  /** JSON: a rules file that adds to the default rules, or, with `"replace": true`, stands instead of them. */
  readonly RULES?: string | undefined;
}

export interface ChosenRules {
  readonly ruleSet: RuleSet;
  /** What to log: what of the environment is not used, and why. */
  readonly problems: readonly string[];
}

/**
 * The rules in force. With RULES broken they are the default; with MIRROR broken there are none: Pods are better admitted
 * as they were written than sent to somebody else's mirror.
 */
export function chooseRules({ MIRROR, RULES }: RulesEnvironment): ChosenRules {
  const base: RulesFile = MIRROR ? { ...defaultRules, mirror: MIRROR } : defaultRules;
  const problems: string[] = [];
  if (RULES) {
    const parameter = parseRulesParameter(RULES);
    if (typeof parameter === 'string') problems.push(parameter);
    else {
      const ruleSet = compile('RULES', merge(base, parameter), problems);
      if (ruleSet !== undefined) return { ruleSet, problems };
    }
    problems.push('RULES is not used; the default rules are');
  }
  const ruleSet = compile('MIRROR', base, problems);
  if (ruleSet !== undefined) return { ruleSet, problems };
  problems.push('without MIRROR there are no rules: every image is kept');
  return { ruleSet: emptyRuleSet, problems };
}

function compile(name: string, file: RulesFile, problems: string[]): RuleSet | undefined {
  const { ruleSet, diagnostics } = compileRules(file);
  // Without the line and the column: the value is one line.
  const lines = diagnostics.map((diagnostic) => formatDiagnostic(name, diagnostic));
  problems.push(...lines.map((line) => line.replace(/:\d+:\d+:/, ':')));
  return ruleSet;
}

/** What RULES says goes before what the default says of the same. */
function merge(base: RulesFile, { replace, ...added }: RulesParameter): RulesFile {
  const { rules = [] } = added;
  const inherited = replace ? [] : without(base.rules, rules);
  return { ...base, ...added, rules: [...inherited, ...rules] };
}

/** The rules without the names that others have a rule for: the same `from` twice would be a mistake. */
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

/** Names that mean the same, such as docker.io and index.docker.io, have the same key. */
function keyOf(from: string): string {
  const origin = parseOrigin(from);
  return origin === undefined ? from : `${origin.kind} ${origin.host}/${origin.path}`;
}
