import { emptyRuleSet } from '../rules/compile.ts';
import { formatDiagnostic } from '../rules/diagnostic.ts';
import { FollowedRules } from '../rules/followed-rules.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { RulesSource } from '../rules-source/source.ts';
import { rulesLine, writeLine } from './log-lines.ts';
import type { HeldRules } from './rules-report.ts';

/** RefreshedRules are rules that are read again from time to time, between the answers. */
export interface RefreshedRules {
  /**
   * Returns the rules in force: the last good ones. Before there are any, there are no rules, and
   * Pods are admitted as they were written.
   */
  current(): RuleSet;
  /** Returns the same rules with what became of the last reading. */
  held(): HeldRules;
  /**
   * Reads the rules again if that is due. Takes at most `longestRefresh`, after which the last good
   * ones hold, and never rejects.
   */
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
/**
 * How long an invocation may take for reading rules, in milliseconds: a tenth of the time that an
 * API server waits. A reading that goes on longer would be frozen with the function.
 */
const longestRefresh = 300;

/** Reads the rules for the first time, and returns what reads them again. It never rejects. */
export async function followRules(
  source: RulesSource,
  { interval, functionName, now = () => performance.now() }: FollowOptions,
): Promise<RefreshedRules> {
  const rules = new FollowedRules();
  let text = '';
  /** Why the last reading failed. */
  let failure: string | undefined;
  let isReading = false;
  let due = 0;

  const current = () => rules.current ?? emptyRuleSet;
  const held = (): HeldRules => ({
    source: source.name,
    isValid: failure === undefined && !rules.isBroken,
    ruleSet: current(),
    text,
    diagnostics: [
      ...(failure === undefined ? [] : [failure]),
      ...rules.diagnostics.map((one) => formatDiagnostic(source.name, one)),
    ],
  });

  async function read(signal?: AbortSignal): Promise<boolean> {
    try {
      const isNews = accept(await source.read(signal)) || failure !== undefined;
      failure = undefined;
      if (isNews) writeReading();
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const problem = signal?.aborted ? `this took longer than ${longestRefresh} ms` : reason;
      failure = `the rules of ${source.name} cannot be read: ${problem}`;
      writeReading();
      return false;
    }
  }

  /** Reports whether the text is another than before. Without a text, nothing has changed. */
  function accept(read: string | undefined): boolean {
    if (read === undefined) return false;
    const acceptance = rules.accept(read);
    if (acceptance === 'accepted') text = read;
    return acceptance !== 'same';
  }

  function writeReading(): void {
    const { isValid, ruleSet, diagnostics } = held();
    const count = ruleSet.rules.length;
    const rest = count === 0 ? 'every image is kept' : 'the last good ones hold';
    const message = isValid
      ? `${count} rules of ${source.name} are in force`
      : `${failure ?? `the rules of ${source.name} are broken`}; ${rest}`;
    writeLine(rulesLine({ message, isValid, diagnostics, functionName, now: Date.now() }));
  }

  async function readIfDue(longest?: number): Promise<void> {
    if (isReading || now() < due) return;
    isReading = true;
    const isRead = await read(longest === undefined ? undefined : AbortSignal.timeout(longest));
    isReading = false;
    const next = source.isLive ? interval : Number.POSITIVE_INFINITY;
    due = now() + (isRead ? next : Math.min(retryInterval, next));
  }

  // A cold start has ten seconds.
  await readIfDue();
  return { current, held, refresh: () => readIfDue(longestRefresh) };
}
