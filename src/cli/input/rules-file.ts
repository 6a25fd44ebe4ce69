import { existsSync } from 'node:fs';
import { checkRules } from '../../rules/check.ts';
import { defaultRulesText } from '../../rules/default.ts';
import { type Diagnostic, formatDiagnostic } from '../../rules/diagnostic.ts';
import { DiagnosticList, mostDiagnostics } from '../../rules/diagnostic-list.ts';
import { fileLimits, loadRules, type ReadableRules } from '../../rules/load.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { fileSource, followedFileSource, streamSource } from '../../rules-source/file.ts';
import { fixedSource, type RulesSource } from '../../rules-source/source.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import { claimStandardInput } from './standard-input.ts';

/** Files that are read if no other is named. */
const implicitFiles = ['detour.yaml', 'detour.yml'];
/** Names the embedded rules in place of a file. */
const embedded = 'embedded';
/** The name of the embedded rules in diagnostics. */
const embeddedName = '<embedded rules>';

/** An empty name, as from a variable that is not set, must not become the embedded rules. */
const emptyName =
  'the name of the rules file is empty: name a file with --rules or DETOUR_RULES, or unset that variable';

/** RulesReading says how a command reads its rules. */
export interface RulesReading {
  /** True if the file is read again when it changes. */
  readonly isFollowed?: boolean;
  /**
   * What happens if there is no file, because the embedded rules name somebody else's mirror: a
   * notice on standard error by default.
   */
  readonly withoutFile?: 'notice' | 'silence' | 'refusal';
  /** Finds more mistakes than the loader. */
  readonly examine?: Examine;
}

/** Examine returns errors that the loader does not find, in what could be read of a file. */
type Examine = (readable: ReadableRules) => Promise<readonly Diagnostic[]>;

/**
 * Finds the rules file: `--rules`, else `$DETOUR_RULES`, else `./detour.yaml` or `./detour.yml`,
 * else the embedded rules. Throws UsageError if the command does not fall back to those.
 */
export function findRulesSource(
  option: string | undefined,
  terminal: Terminal,
  { isFollowed = false, withoutFile = 'notice' }: RulesReading = {},
): RulesSource {
  const file = option ?? terminal.env.DETOUR_RULES ?? findImplicitFile();
  if (file === '') throw new UsageError(emptyName);
  if (file === undefined) return fallBack(withoutFile, terminal);
  if (file === embedded) return fixedSource(embeddedName, defaultRulesText);
  if (file === '-') {
    claimStandardInput(terminal, 'the rules file');
    return streamSource('<standard input>', terminal.stdin);
  }
  return isFollowed ? followedFileSource(file) : fileSource(file);
}

/** Finds the file that commands read if none is named. Throws UsageError if there are two. */
export function findImplicitFile(): string | undefined {
  const [file, other] = implicitFiles.filter((name) => existsSync(name));
  if (other === undefined) return file;
  throw new UsageError(`there are both ${file} and ${other}: remove one, or name one with --rules`);
}

function fallBack(
  withoutFile: RulesReading['withoutFile'],
  { stderr }: Pick<Terminal, 'stderr'>,
): RulesSource {
  const found = `there is no ${implicitFiles.join(' or ')} in this folder`;
  const mirror = 'whose mirror belongs to somebody else and needs a login to AWS China';
  if (withoutFile === 'refusal') {
    throw new UsageError(
      `${found}: name your rules file with --rules FILE, write one with detour init, or use --rules embedded for the embedded rules, ${mirror}`,
    );
  }
  if (withoutFile === 'notice')
    stderr.write(
      `detour: ${found}: using the embedded rules, ${mirror}; detour init writes your own\n`,
    );
  return fixedSource(embeddedName, defaultRulesText);
}

/** Inspected is a rules file with all its diagnostics. */
export interface Inspected {
  /** Undefined if the file is invalid. */
  readonly ruleSet: RuleSet | undefined;
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Loads the rules with all their diagnostics, errors and findings. */
export async function inspectRules(
  source: RulesSource,
  examine: Examine = async () => [],
): Promise<Inspected> {
  const read = await source.read().catch((error: Error) => {
    throw new UsageError(`the rules file cannot be read: ${error.message}`);
  });
  const text = read ?? '';
  const readable: ReadableRules[] = [];
  const { ruleSet, diagnostics } = loadRules(text, fileLimits, (found) => {
    readable.push(found);
    return [];
  });
  const mistakes = (await Promise.all(readable.map(examine))).flat();
  if (mistakes.length > 0) {
    const all = new DiagnosticList(mostDiagnostics);
    for (const one of [...diagnostics, ...mistakes]) all.add(one.severity, () => one);
    return { ruleSet: undefined, text, diagnostics: all.inFileOrder() };
  }
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
  const { ruleSet, text, diagnostics } = await inspectRules(source, reading.examine);
  if (ruleSet === undefined) {
    const lines = diagnostics.map((diagnostic) => formatDiagnostic(source.name, diagnostic));
    throw new UsageError(`the rules file is broken:\n${lines.join('\n')}`);
  }
  return { ruleSet, text, source, diagnostics };
}
