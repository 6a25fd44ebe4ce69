import { formatDiagnostic } from '../rules/diagnostic.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { readFollowedRulesText } from '../rules-source/read-rules.ts';
import type { FollowContext } from './live-certificate.ts';
import { type Reading, watchFiles } from './watch-files.ts';

/** The rules in force, and what stops looking for newer ones. */
export interface LiveRules {
  current(): RuleSet;
  stop(): void;
}

/** Rules, and the text that they were read from. */
export interface RulesVersion {
  readonly ruleSet: RuleSet;
  readonly text: string;
}

/** Keeps the rules of `file` in force as it changes. A broken new file leaves the old rules, and is told in log and metrics. */
export function keepRules(
  file: string | undefined,
  first: RulesVersion,
  context: FollowContext & {
    /** Told what is wrong with a new file. */
    readonly broken: ((diagnostics: readonly string[]) => void) | undefined;
  },
): LiveRules {
  const { metrics, logger, interval, broken } = context;
  let current = first.ruleSet;
  let lastText = first.text;
  let lastFailure = '';
  metrics.rulesLastSuccess = Date.now();
  if (file === undefined) return { current: () => current, stop: () => undefined };
  const read = async (): Promise<Reading> => {
    const text = await readFollowedRulesText(file).catch((error: Error) => error);
    if (text instanceof Error) {
      // Tried again each time, told once.
      if (text.message === lastFailure) return 'retry';
      lastFailure = text.message;
      lastText = '';
      metrics.countRulesReload('failure');
      logger.error(
        { file, reason: text.message },
        'the rules file cannot be read; the old rules stay',
      );
      return 'retry';
    }
    lastFailure = '';
    if (text === lastText) return 'done';
    lastText = text;
    const { ruleSet, diagnostics } = loadRules(text);
    const lines = diagnostics.map((diagnostic) => formatDiagnostic(file, diagnostic));
    if (ruleSet === undefined) {
      metrics.countRulesReload('failure');
      logger.error({ file, diagnostics: lines }, 'the rules file is broken; the old rules stay');
      broken?.(lines);
      return 'done';
    }
    current = ruleSet;
    metrics.countRulesReload('success');
    logger.info({ file, rules: ruleSet.rules.length, diagnostics: lines }, 'rules reloaded');
    return 'done';
  };
  return { current: () => current, stop: watchFiles([file], interval, read) };
}
