import { stat } from 'node:fs/promises';
import type { RuleSet } from '../../../rules/rule-set.ts';
import { UsageError } from '../../terminal.ts';
import { filesOfRules } from './listed-images.ts';
import type { SyncOptions } from './options.ts';

/**
 * Throws UsageError if `--failed` or `--report` would overwrite the rules file or a list that the
 * rules name, under whatever name; or `--report` a list of `--list`. The list of `--failed` may
 * replace that of `--list`: it has what is left of it.
 */
export async function requireKept(
  { failed, report = [], list = [] }: SyncOptions,
  rules: { readonly ruleSet: RuleSet; readonly rulesFile: string },
): Promise<void> {
  const ofRules = [rules.rulesFile, ...filesOfRules(rules)];
  if (failed !== undefined) await requireOther('--failed', failed, ofRules);
  for (const file of report) await requireOther('--report', file, [...ofRules, ...list]);
}

async function requireOther(option: string, file: string, kept: readonly string[]): Promise<void> {
  const written = await identityOf(file);
  if (written === undefined) return;
  for (const one of kept) {
    if ((await identityOf(one)) !== written) continue;
    throw new UsageError(
      `${option}: ${file} would replace ${one}, which this run reads: name another file`,
    );
  }
}

/** Returns the same text for all names of a file, links included; undefined if there is none. */
async function identityOf(file: string): Promise<string | undefined> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  return found?.isFile() ? `${found.dev}:${found.ino}` : undefined;
}
