import type { LastGoodRules } from '../../../kubernetes/last-good-rules.ts';
import { formatDiagnostic } from '../../../rules/diagnostic.ts';
import { loadRules } from '../../../rules/load.ts';
import type { RulesSource } from '../../../rules-source/source.ts';
import type { FirstRules } from '../../../server/following/rules.ts';
import { type Inspected, inspectRules } from '../../input/rules-file.ts';
import { UsageError } from '../../terminal.ts';

/** StartingRules are the rules to start with, and what `check` found about them. */
export interface StartingRules {
  readonly rules: FirstRules;
  /** One line for each warning. */
  readonly warnings: readonly string[];
}

/**
 * Reads the rules that a server starts with: those of the source; if these cannot be used, the last
 * good ones.
 *
 * @throws UsageError with everything that is wrong with the source, if there are no last good rules
 */
export async function readFirstRules(
  source: RulesSource,
  lastGood: LastGoodRules | undefined,
): Promise<StartingRules> {
  const { ruleSet, text, lines, message } = await readSource(source);
  if (ruleSet !== undefined) return { rules: { ruleSet, text }, warnings: lines };
  if (lastGood === undefined) throw new UsageError(message);
  const instead = await readLastGood(lastGood);
  if (typeof instead === 'string') throw new UsageError(`${message}\n${instead}`);
  return { rules: { ...instead, problems: lines }, warnings: [] };
}

interface ReadSource extends Pick<Inspected, 'ruleSet' | 'text'> {
  /** Errors and warnings. */
  readonly lines: readonly string[];
  /** The message for users if there is no rule set. */
  readonly message: string;
}

async function readSource(source: RulesSource): Promise<ReadSource> {
  try {
    const { ruleSet, text, diagnostics } = await inspectRules(source);
    const lines = diagnostics
      .filter(({ severity }) => severity !== 'note')
      .map((diagnostic) => formatDiagnostic(source.name, diagnostic));
    return { ruleSet, text, lines, message: `the rules file is broken:\n${lines.join('\n')}` };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const { message } = error;
    return { ruleSet: undefined, text: '', lines: [message], message };
  }
}

/** Returns why there are none, if there are none. */
async function readLastGood(lastGood: LastGoodRules): Promise<FirstRules | string> {
  try {
    const text = await lastGood.read();
    if (text === undefined) return `there are no last good rules in ${lastGood.name} yet`;
    const { ruleSet } = loadRules(text);
    if (ruleSet !== undefined) return { ruleSet, text };
    return `the last good rules in ${lastGood.name} are broken too`;
  } catch (error) {
    const { message } = error as Error;
    return `the last good rules in ${lastGood.name} cannot be read: ${message}`;
  }
}
