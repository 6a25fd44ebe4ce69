import type { RuleSet } from '../rules/rule-set.ts';

/** HeldRules are the rules that a function decides by, and what it found wrong with them. */
export interface HeldRules {
  /** Where they come from, such as `rules.yaml` or `ssm:/image-detour/rules`. */
  readonly source: string;
  /** Whether the source was read and has no mistakes. If not, `ruleSet` holds instead. */
  readonly isValid: boolean;
  readonly ruleSet: RuleSet;
  /** The text of the rules in force. */
  readonly text: string;
  readonly diagnostics: readonly string[];
}

/** RulesReport is the answer to `{"detour":"rules"}`. */
export interface RulesReport {
  readonly source: string;
  readonly valid: boolean;
  /** How many rules are in force. */
  readonly rules: number;
  /** The hash of the text in force, as `sha256sum` prints it. */
  readonly sha256: string;
  readonly diagnostics: readonly string[];
}

/** Describes the rules that a function holds, without their contents. */
export async function reportRules(held: HeldRules): Promise<RulesReport> {
  // Loaded on demand: it would cost each cold start a millisecond.
  const { createHash } = await import('node:crypto');
  return {
    source: held.source,
    valid: held.isValid,
    rules: held.ruleSet.rules.length,
    sha256: createHash('sha256').update(held.text).digest('hex'),
    diagnostics: held.diagnostics,
  };
}
