import { type LostPullSecret, lostPullSecrets } from '../../../admission/lost-pull-secrets.ts';
import {
  type RegistrationFinding,
  registrationExits,
} from '../../../admission/registration-exits.ts';
import type { Diagnostic } from '../../../rules/diagnostic.ts';
import { escapeCharacter } from '../../../rules/escape.ts';
import type { RulesSource } from '../../../rules-source/source.ts';
import { diagnosticLine } from '../../diagnostic-line.ts';
import { findRulesSource, inspectRules } from '../../input/rules-file.ts';
import { painter, type Terminal, UsageError, write } from '../../terminal.ts';
import { readObjects } from './objects-file.ts';
import { readRegistrations } from './registration-file.ts';

/** CheckOptions are the options of `detour check`. */
export interface CheckOptions {
  readonly rules?: string;
  readonly json?: boolean;
  readonly pods?: string;
  readonly registration?: string;
}

/**
 * Prints the errors and findings of rules files. Returns 0 for none but notes, 1 for a finding, 2
 * for a file that is invalid or cannot be read.
 */
export async function check(
  files: readonly string[],
  options: CheckOptions,
  terminal: Terminal,
): Promise<number> {
  requireFit(files, options);
  const named = files.length === 0 ? [options.rules] : files;
  let worst = 0;
  for (const source of named.map((file) => findRulesSource(file, terminal))) {
    worst = Math.max(worst, await checkFile(source, options, terminal));
  }
  return worst;
}

/** Rejects options that contradict each other. */
function requireFit(files: readonly string[], { rules, pods, registration }: CheckOptions): void {
  if (files.length > 0 && rules !== undefined)
    throw new UsageError('name the rules files either with --rules or as arguments');
  if (files.length > 1 && (pods !== undefined || registration !== undefined))
    throw new UsageError('--pods and --registration are checked with one rules file: name one');
  if (pods === '-' && registration === '-') {
    throw new UsageError(
      '--pods - and --registration - both read standard input: use a file for one of them',
    );
  }
}

async function checkFile(
  source: RulesSource,
  options: CheckOptions,
  terminal: Terminal,
): Promise<number> {
  const { stdout, stderr, env } = terminal;
  const { pods, registration } = options;
  const inspected = await inspectRules(source).catch((error: Error) => {
    if (error instanceof UsageError) return error;
    throw error;
  });
  if (inspected instanceof UsageError) {
    // The other files are checked all the same.
    await write(stderr, `${painter(stderr, env)('red', 'detour:')} ${inspected.message}\n`);
    return 2;
  }
  const { ruleSet, diagnostics } = inspected;
  if (options.json) {
    const lines = diagnostics.map((one) => `${JSON.stringify({ file: source.name, ...one })}\n`);
    await write(stdout, lines.join(''));
  } else {
    const paint = painter(stdout, env);
    for (const one of diagnostics) await write(stdout, diagnosticLine(source.name, one, paint));
    await write(stdout, `${summarize(source.name, ruleSet?.rules.length, diagnostics)}\n`);
  }
  if (ruleSet === undefined) return 2;
  const lost =
    pods === undefined ? [] : lostPullSecrets(await readObjects(pods, terminal), ruleSet);
  for (const one of lost) await write(stdout, `${formatLost(one, options.json)}\n`);
  const registrations =
    registration === undefined ? [] : await readRegistrations(registration, terminal);
  const openings = registrations.flatMap((one) => registrationExits(one, ruleSet.exits));
  for (const one of openings) await write(stdout, `${formatOpening(one, options.json)}\n`);
  const isFound = [...diagnostics, ...openings].some(({ severity }) => severity === 'warning');
  return isFound || lost.length > 0 ? 1 : 0;
}

function formatOpening(opening: RegistrationFinding, isJson = false): string {
  if (isJson) return JSON.stringify(opening);
  const { configuration, severity, code, message, expected } = opening;
  return escapeControl(
    `mutatingwebhookconfiguration/${configuration}: ${severity} ${code}: ${message} (expected ${expected})`,
  );
}

const missingText = {
  rule: 'a rule that adds a Secret is missing',
  secret: 'a Secret is missing',
  login: 'a login is missing in the Secret that the rule adds',
} as const;

function formatLost(lost: LostPullSecret, isJson = false): string {
  if (isJson) return JSON.stringify({ code: 'lost-pull-secret', severity: 'warning', ...lost });
  const { namespace, pod, place, image, becomes, secrets, missing, expected } = lost;
  const verb = secrets.length === 1 ? 'has' : 'have';
  const problem = `${image} is pulled with ${secrets.join(', ')}, which ${verb} no login for ${becomes}`;
  return escapeControl(
    `${namespace}/${pod} ${place}: warning lost-pull-secret: ${problem}: ${missingText[missing]} (expected ${expected})`,
  );
}

/** Escapes names in a file that others wrote: they must not control a terminal. */
function escapeControl(line: string): string {
  return line.replace(/[\p{Cc}\u2028\u2029]/gu, escapeCharacter);
}

function summarize(
  name: string,
  rules: number | undefined,
  diagnostics: readonly Diagnostic[],
): string {
  const count = (severity: Diagnostic['severity'], word: string) => {
    const found = diagnostics.filter((one) => one.severity === severity).length;
    return `${found} ${word}${found === 1 ? '' : 's'}`;
  };
  if (rules === undefined) {
    return `${name}: invalid, ${count('error', 'error')}, ${count('warning', 'finding')}`;
  }
  return `${name}: valid, ${rules} origin${rules === 1 ? '' : 's'}, ${count('warning', 'finding')}`;
}
