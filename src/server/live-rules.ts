import { readFile, stat } from 'node:fs/promises';
import type { Logger } from 'pino';
import { defaultRulesText } from '../rules/default.ts';
import { formatDiagnostic } from '../rules/diagnostic.ts';
import { type LoadedRules, loadRules, maxRulesLength } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { Metrics } from './metrics.ts';
import { watchFiles } from './watch-files.ts';

/** The rules in force, and what stops looking for newer ones. */
export interface LiveRules {
  current(): RuleSet;
  stop(): void;
}

/** What diagnostics call the rules that come with the program. */
export const embeddedName = '<embedded rules>';

/**
 * Reads a rules file; without one, the embedded rules.
 *
 * @throws Error of the file system, or one that says that the file is too large
 */
export async function readRules(file: string | undefined): Promise<LoadedRules> {
  if (file === undefined) return loadRules(defaultRulesText);
  const { size } = await stat(file);
  if (size > maxRulesLength)
    throw new Error(`${file} has ${size} bytes; at most ${maxRulesLength} are read`);
  return loadRules(await readFile(file, 'utf8'));
}

/** Keeps the rules of `file` in force as it changes. A broken new file leaves the old rules, and is told in log and metrics. */
export async function keepRules(
  file: string | undefined,
  first: RuleSet,
  context: { readonly metrics: Metrics; readonly logger: Logger; readonly interval: number },
): Promise<LiveRules> {
  const { metrics, logger, interval } = context;
  let current = first;
  metrics.rulesLastSuccess = Date.now();
  if (file === undefined) return { current: () => current, stop: () => undefined };
  const reload = async () => {
    const loaded = await readRules(file).catch((error: Error) => error);
    if (loaded instanceof Error) {
      metrics.countRulesReload('failure');
      logger.error(
        { file, reason: loaded.message },
        'the rules file cannot be read; the old rules stay',
      );
      return;
    }
    const lines = loaded.diagnostics.map((diagnostic) => formatDiagnostic(file, diagnostic));
    if (loaded.ruleSet === undefined) {
      metrics.countRulesReload('failure');
      logger.error({ file, diagnostics: lines }, 'the rules file is broken; the old rules stay');
      return;
    }
    current = loaded.ruleSet;
    metrics.countRulesReload('success');
    logger.info({ file, rules: current.rules.length, diagnostics: lines }, 'rules reloaded');
  };
  return { current: () => current, stop: await watchFiles([file], interval, reload) };
}
