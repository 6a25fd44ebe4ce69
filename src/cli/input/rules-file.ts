import { existsSync } from 'node:fs';
import { checkRules } from '../../rules/check.ts';
import { type Diagnostic, formatDiagnostic } from '../../rules/diagnostic.ts';
import { loadRules } from '../../rules/load.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { readFollowedRulesText, readRulesText } from '../../rules-source/read-rules.ts';
import { type Terminal, UsageError } from '../terminal.ts';

const implicitFile = 'detour.yaml';
/** The name of the embedded rules in diagnostics. */
const embeddedName = '<embedded rules>';

/** RulesSource is the place that the rules come from. */
export interface RulesSource {
  /** Undefined for the embedded rules. */
  readonly file: string | undefined;
  /** The name in messages. */
  readonly name: string;
}

/**
 * Finds the rules file: `--rules`, else `$DETOUR_RULES`, else `./detour.yaml`, else the embedded
 * rules.
 */
export function findRulesSource(option: string | undefined, { env }: Terminal): RulesSource {
  const file =
    option ??
    (env.DETOUR_RULES || undefined) ??
    (existsSync(implicitFile) ? implicitFile : undefined);
  return { file, name: file ?? embeddedName };
}

interface RulesReading {
  /** True if the file is read again when it changes. */
  readonly isFollowed?: boolean;
}

/** Loads the rules with all their diagnostics, errors and findings. */
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
  const source = findRulesSource(option, terminal);
  const { ruleSet, text, diagnostics } = await inspectRules(source, reading);
  if (ruleSet === undefined) {
    const lines = diagnostics.map((diagnostic) => formatDiagnostic(source.name, diagnostic));
    throw new UsageError(`the rules file is broken:\n${lines.join('\n')}`);
  }
  return { ruleSet, text, source, diagnostics };
}
