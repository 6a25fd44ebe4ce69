import { emptyRuleSet } from '../rules/compile.ts';
import { formatDiagnostic } from '../rules/diagnostic.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { rulesFailureLine, writeLine } from './log-lines.ts';
import type { RulesSource } from './rules-source.ts';

/** Rules that are read again from time to time. */
export interface FreshRules {
  /** Those in force: the last good ones. Before there were any, none: Pods are admitted as they were written. */
  current(): RuleSet;
  /** Reads them again where that is due; never rejects. Not to be waited for by an answer. */
  refresh(): Promise<void>;
}

export interface FreshRulesOptions {
  /** Milliseconds from one reading to the next. */
  readonly interval: number;
  readonly functionName: string;
  /** Milliseconds, never going back. */
  readonly now?: () => number;
}

/** What failed is tried again sooner. */
const retryInterval = 5000;

/** Reads the rules for the first time. Never rejects. */
export async function keepRulesFresh(
  source: RulesSource,
  { interval, functionName, now = () => performance.now() }: FreshRulesOptions,
): Promise<FreshRules> {
  let current = emptyRuleSet;
  let isReading = false;
  let due = 0;

  async function read(): Promise<boolean> {
    try {
      const text = await source.read();
      return text === undefined || accept(text);
    } catch (error) {
      tellFailure(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }

  function accept(text: string): boolean {
    const { ruleSet, diagnostics } = loadRules(text);
    const lines = diagnostics.map((diagnostic) => formatDiagnostic(source.name, diagnostic));
    if (ruleSet === undefined) {
      tellFailure('are broken', lines);
      // They will be read again when they change.
      return true;
    }
    current = ruleSet;
    const message = `${ruleSet.rules.length} rules of ${source.name} are in force`;
    writeLine({ level: 'info', message, diagnostics: lines });
    return true;
  }

  function tellFailure(what: string, diagnostics: readonly string[] = []): void {
    const rest = current.rules.length === 0 ? 'every image is kept' : 'the last good ones hold';
    const message = `the rules of ${source.name} ${what}; ${rest}`;
    writeLine(rulesFailureLine({ message, diagnostics, functionName, now: Date.now() }));
  }

  async function refresh(): Promise<void> {
    if (isReading || now() < due) return;
    isReading = true;
    const isRead = await read();
    isReading = false;
    const next = source.isLive ? interval : Number.POSITIVE_INFINITY;
    due = now() + (isRead ? next : Math.min(retryInterval, next));
  }

  await refresh();
  return { current: () => current, refresh };
}
