import { formatDiagnostic } from '../../rules/diagnostic.ts';
import { FollowedRules, type RulesVersion } from '../../rules/followed-rules.ts';
import { loadRules } from '../../rules/load.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import type { RulesSource } from '../../rules-source/source.ts';
import type { FollowContext } from './context.ts';
import { repeated } from './repeat.ts';

interface RulesContext extends FollowContext {
  /** Gets the diagnostics of a broken text. */
  readonly broken: ((diagnostics: readonly string[]) => void) | undefined;
}

/**
 * Follows the rules of a source. If a new text is broken, the old rules stay in force, and log and
 * metrics report it.
 */
export function followRules(
  source: RulesSource,
  first: RulesVersion,
  { metrics, logger, interval, broken }: RulesContext,
): { current(): RuleSet; stop(): void } {
  const rules = new FollowedRules(loadRules, first);
  const current = () => rules.current ?? first.ruleSet;
  metrics.rulesLastSuccess = Date.now();
  if (!source.isLive) return { current, stop: () => undefined };
  const file = source.name;

  const read = async () => {
    const text = await source.read();
    const acceptance = text === undefined ? 'same' : rules.accept(text);
    if (acceptance === 'same') return;
    const diagnostics = rules.diagnostics.map((one) => formatDiagnostic(file, one));
    if (acceptance === 'broken') {
      metrics.countRulesReload('failure');
      logger.error({ file, diagnostics }, 'the rules file is broken; the old rules stay');
      broken?.(diagnostics);
    } else {
      metrics.countRulesReload('success');
      logger.info({ file, rules: current().rules.length, diagnostics }, 'rules reloaded');
    }
  };
  const following = repeated(read, {
    interval,
    failed(reason) {
      rules.noteUnreadable();
      metrics.countRulesReload('failure');
      logger.error({ file, reason }, 'the rules file cannot be read; the old rules stay');
    },
  });
  following.start();
  return { current, stop: following.stop };
}
