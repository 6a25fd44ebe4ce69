import { existsSync } from 'node:fs';
import { checkRules } from '../rules/check.ts';
import { type Diagnostic, formatDiagnostic } from '../rules/diagnostic.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { readFollowedRulesText, readRulesText } from '../rules-source/read-rules.ts';
import { type Terminal, UsageError } from './terminal.ts';

const implicitFile = 'detour.yaml';
/** What diagnostics call the rules that come with the program. */
const embeddedName = '<embedded rules>';

export interface RulesSource {
  /** Undefined for the embedded rules. */
  readonly file: string | undefined;
  /** What to call it in messages. */
  readonly name: string;
}

/** Which rules hold: `--rules`, else `$DETOUR_RULES`, else `./detour.yaml`, else those that come with the program. */
export function findRulesSource(option: string | undefined, { env }: Terminal): RulesSource {
  const file =
    option ??
    (env.DETOUR_RULES || undefined) ??
    (existsSync(implicitFile) ? implicitFile : undefined);
  return { file, name: file ?? embeddedName };
}

interface RulesReading {
  /** Whether the file is read again when it changes. */
  readonly isFollowed?: boolean;
}

/** The rules with all that is to be said of them, mistakes and findings. */
export async function inspectRules(
  source: RulesSource,
  { isFollowed = false }: RulesReading = {},
): Promise<{
  ruleSet: RuleSet | undefined;
  text: string;
  diagnostics: readonly Diagnostic[];
}> {
  const read = isFollowed ? readFollowedRulesText : readRulesText;
  const text = await read(source.file).catch((error: Error) => {
    throw new UsageError(`the rules file cannot be read: ${error.message}`);
  });
  const { ruleSet, diagnostics } = loadRules(text);
  return {
    ruleSet,
    text,
    diagnostics: ruleSet === undefined ? diagnostics : [...diagnostics, ...checkRules(ruleSet)],
  };
}

/**
 * The rules for a command that decides by them.
 *
 * @throws UsageError with every mistake of the file
 */
export async function requireRules(
  option: string | undefined,
  terminal: Terminal,
  reading: RulesReading = {},
): Promise<{
  ruleSet: RuleSet;
  text: string;
  source: RulesSource;
  diagnostics: readonly Diagnostic[];
}> {
  const source = findRulesSource(option, terminal);
  const { ruleSet, text, diagnostics } = await inspectRules(source, reading);
  if (ruleSet === undefined) {
    const lines = diagnostics.map((diagnostic) => formatDiagnostic(source.name, diagnostic));
    throw new UsageError(`the rules file is broken:\n${lines.join('\n')}`);
  }
  return { ruleSet, text, source, diagnostics };
}
