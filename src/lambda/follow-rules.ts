import { emptyRuleSet } from '../rules/compile.ts';
import { formatDiagnostic } from '../rules/diagnostic.ts';
import { FollowedRules } from '../rules/followed-rules.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { RulesSource } from '../rules-source/source.ts';
import { rulesFailureLine, writeLine } from './log-lines.ts';

/** RefreshedRules are rules that are read again from time to time, alongside the answers. */
export interface RefreshedRules {
  /**
   * Returns the rules in force: the last good ones. Before there are any, there are no rules, and
   * Pods are admitted as they were written.
   */
  current(): RuleSet;
  /** Reads the rules again if that is due, and never rejects. An answer must not wait for it. */
  refresh(): Promise<void>;
}

/** FollowOptions are how often rules are read, and by which function. */
export interface FollowOptions {
  /** The time from one reading to the next, in milliseconds. */
  readonly interval: number;
  readonly functionName: string;
  /** Returns a time in milliseconds that never goes back. */
  readonly now?: () => number;
}

/** How soon a failed reading is retried, in milliseconds. */
const retryInterval = 5000;

/** Reads the rules for the first time, and returns what reads them again. It never rejects. */
export async function followRules(
  source: RulesSource,
  { interval, functionName, now = () => performance.now() }: FollowOptions,
): Promise<RefreshedRules> {
  const rules = new FollowedRules();
  const current = () => rules.current ?? emptyRuleSet;
  let isReading = false;
  let due = 0;

  async function read(): Promise<boolean> {
    try {
      const text = await source.read();
      if (text !== undefined) accept(text);
      return true;
    } catch (error) {
      reportFailure(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }

  function accept(text: string): void {
    const acceptance = rules.accept(text);
    if (acceptance === 'same') return;
    const diagnostics = rules.diagnostics.map((one) => formatDiagnostic(source.name, one));
    // Broken rules are read again when they change.
    if (acceptance === 'broken') {
      reportFailure('are broken', diagnostics);
      return;
    }
    const message = `${current().rules.length} rules of ${source.name} are in force`;
    writeLine({ level: 'info', message, diagnostics });
  }

  function reportFailure(problem: string, diagnostics: readonly string[] = []): void {
    const rest = current().rules.length === 0 ? 'every image is kept' : 'the last good ones hold';
    const message = `the rules of ${source.name} ${problem}; ${rest}`;
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
  return { current, refresh };
}
