import { existsSync } from 'node:fs';
import { checkRules } from '../../rules/check.ts';
import { defaultRulesText } from '../../rules/default.ts';
import { type Diagnostic, formatDiagnostic } from '../../rules/diagnostic.ts';
import { loadRules } from '../../rules/load.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { fileSource, followedFileSource } from '../../rules-source/file.ts';
import { fixedSource, type RulesSource } from '../../rules-source/source.ts';
import { type Terminal, UsageError } from '../terminal.ts';

const implicitFile = 'detour.yaml';
/** The name of the embedded rules in diagnostics. */
const embeddedName = '<embedded rules>';

interface RulesReading {
  /** True if the file is read again when it changes. */
  readonly isFollowed?: boolean;
}

/**
 * Finds the rules file: `--rules`, else `$DETOUR_RULES`, else `./detour.yaml`, else the embedded
 * rules.
 */
export function findRulesSource(
  option: string | undefined,
  { env }: Terminal,
  { isFollowed = false }: RulesReading = {},
): RulesSource {
  const file =
    option ??
    (env.DETOUR_RULES || undefined) ??
    (existsSync(implicitFile) ? implicitFile : undefined);
  if (file === undefined) return fixedSource(embeddedName, defaultRulesText);
  return isFollowed ? followedFileSource(file) : fileSource(file);
}

/** Loads the rules with all their diagnostics, errors and findings. */
export async function inspectRules(source: RulesSource): Promise<{
  ruleSet: RuleSet | undefined;
  text: string;
  diagnostics: readonly Diagnostic[];
}> {
  const read = await source.read().catch((error: Error) => {
    throw new UsageError(`the rules file cannot be read: ${error.message}`);
  });
  const text = read ?? '';
  const { ruleSet, diagnostics } = loadRules(text);
  return {
    ruleSet,
    text,
    diagnostics: ruleSet === undefined ? diagnostics : [...diagnostics, ...checkRules(ruleSet)],
  };
}

/**
 * Loads the rules for a command that needs them. Throws UsageError with every error of the file.
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
  const source = findRulesSource(option, terminal, reading);
  const { ruleSet, text, diagnostics } = await inspectRules(source);
  if (ruleSet === undefined) {
    const lines = diagnostics.map((diagnostic) => formatDiagnostic(source.name, diagnostic));
    throw new UsageError(`the rules file is broken:\n${lines.join('\n')}`);
  }
  return { ruleSet, text, source, diagnostics };
}
