import { formatDiagnostic } from '../../rules/diagnostic.ts';
import { FollowedRules, type RulesVersion } from '../../rules/followed-rules.ts';
import { loadRules } from '../../rules/load.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import type { RulesSource } from '../../rules-source/source.ts';
import type { FollowContext } from './context.ts';
import { type LoadText, loadLargeRules } from './large-rules.ts';
import { repeated } from './repeat.ts';

/** FirstRules are the rules that a server starts with. */
export interface FirstRules extends RulesVersion {
  /** What is wrong with the rules file, if these are the last good rules and not those of the file. */
  readonly problems?: readonly string[] | undefined;
}

/** RulesListener gets what becomes of the rules file, alongside log and metrics. */
export interface RulesListener {
  /** Gets each text whose rules came into force. */
  readonly accepted?: (text: string) => void;
  /** Gets what is wrong with a text, or why it cannot be read. */
  readonly broken?: (problems: readonly string[]) => void;
}

/** RulesInForce are the rules of a source, as they are at the moment. */
export interface RulesInForce {
  current(): RuleSet;
  /** Returns the text that they were loaded from. */
  currentText(): string;
  stop(): void;
}

/**
 * Follows the rules of a source. If a new text is broken, the old rules stay in force, and log and
 * metrics report it.
 */
export function followRules(
  source: RulesSource,
  first: FirstRules,
  { metrics, logger, interval, accepted, broken }: FollowContext & RulesListener,
  load: LoadText = loadLargeRules,
): RulesInForce {
  const rules = new FollowedRules(loadRules, first);
  const current = () => rules.current ?? first.ruleSet;
  const currentText = () => rules.text ?? first.text;
  const file = source.name;
  metrics.rules = () => current().rules.length;
  metrics.expectDecisions(current().rules);
  metrics.rulesLastSuccess = Date.now();
  if (first.problems === undefined) accepted?.(first.text);
  else {
    rules.noteUnreadable();
    metrics.countRulesReload('failure');
    metrics.hasLastGoodRules = true;
    const diagnostics = first.problems;
    const message = 'the rules file cannot be used; the last good rules hold';
    logger.error({ file, diagnostics }, message);
    broken?.([message, ...diagnostics]);
  }
  if (!source.isLive) return { current, currentText, stop: () => undefined };

  // The source returns each text once. One that could not be loaded, for example because
  // there was too little memory, is tried again.
  let unloaded: string | undefined;
  const read = async () => {
    const text = (await source.read()) ?? unloaded;
    if (text === undefined || rules.holds(text)) return;
    unloaded = text;
    const loaded = await load(text);
    unloaded = undefined;
    const acceptance = rules.take(text, loaded);
    const diagnostics = rules.diagnostics.map((one) => formatDiagnostic(file, one));
    metrics.countRulesReload(acceptance === 'accepted' ? 'success' : 'failure');
    if (acceptance === 'broken') {
      logger.error({ file, diagnostics }, 'the rules file is broken; the old rules stay');
      broken?.(diagnostics);
    } else {
      metrics.hasLastGoodRules = false;
      metrics.expectDecisions(current().rules);
      logger.info({ file, rules: current().rules.length, diagnostics }, 'rules reloaded');
      accepted?.(text);
    }
  };
  const following = repeated(read, {
    interval,
    failed(reason) {
      rules.noteUnreadable();
      metrics.countRulesReload('failure');
      logger.error({ file, reason }, 'the rules file cannot be read; the old rules stay');
      broken?.([`${file} cannot be read: ${reason}`]);
    },
  });
  following.start();
  return { current, currentText, stop: following.stop };
}
