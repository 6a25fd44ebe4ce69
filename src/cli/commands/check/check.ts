import { type LostPullSecret, lostPullSecrets } from '../../../admission/lost-pull-secrets.ts';
import {
  type RegistrationFinding,
  registrationExits,
} from '../../../admission/registration-exits.ts';
import {
  type Expectation,
  testExpectations,
  unmetExpectations,
} from '../../../decision/expectations.ts';
import { reportCollisions } from '../../../decision/report-collisions.ts';
import { filterMistakes } from '../../../mirror/tags/filter-mistakes.ts';
import type { Diagnostic } from '../../../rules/diagnostic.ts';
import { escapeCharacter } from '../../../rules/escape.ts';
import type { RuleSet } from '../../../rules/rule-set.ts';
import type { RulesSource } from '../../../rules-source/source.ts';
import { formatCount } from '../../counted.ts';
import { diagnosticLine } from '../../diagnostic-line.ts';
import { findRulesSource, type Inspected, inspectRules } from '../../input/rules-file.ts';
import { painter, type Terminal, UsageError, write } from '../../terminal.ts';
import { readImages } from './images-file.ts';
import { readObjects } from './objects-file.ts';
import { readRegistrations } from './registration-file.ts';

/** CheckOptions are the options of `detour check`. */
export interface CheckOptions {
  readonly rules?: string;
  readonly json?: boolean;
  /** The least severity that makes the exit code another than 0. */
  readonly failOn?: 'warning' | 'error';
  readonly pods?: string;
  readonly registration?: string;
  readonly images?: string;
}

/**
 * Prints the errors and findings of rules files. Returns 0 for none but notes, 1 for a finding (0
 * if only errors count), 2 for a file that is invalid or cannot be read.
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
  return worst === 1 && options.failOn === 'error' ? 0 : worst;
}

/** Options whose files are checked together with one rules file. */
const checkedFiles = ['images', 'pods', 'registration'] as const;

/** Rejects options that contradict each other. */
function requireFit(files: readonly string[], options: CheckOptions): void {
  if (files.length > 0 && options.rules !== undefined)
    throw new UsageError('name the rules files either with --rules or as arguments');
  const [checked] = checkedFiles.filter((name) => options[name] !== undefined);
  if (files.length > 1 && checked !== undefined)
    throw new UsageError(`--${checked} is checked with one rules file: name one`);
  const [first, second] = checkedFiles.filter((name) => options[name] === '-');
  if (first !== undefined && second !== undefined) {
    throw new UsageError(
      `--${first} - and --${second} - both read standard input: use a file for one of them`,
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
  const inspected = await inspectRules(source, filterMistakes).catch((error: Error) => {
    if (error instanceof UsageError) return error;
    throw error;
  });
  if (inspected instanceof UsageError) {
    // The other files are checked all the same.
    await write(stderr, `${painter(stderr, env)('red', 'detour:')} ${inspected.message}\n`);
    return 2;
  }
  const { ruleSet } = inspected;
  const expectations = ruleSet === undefined ? [] : testExpectations(ruleSet);
  const found = await withCollisions(inspected, options, terminal);
  const diagnostics = [...found, ...unmetExpectations(expectations)];
  if (options.json) {
    const lines = diagnostics.map((one) => `${JSON.stringify({ file: source.name, ...one })}\n`);
    await write(stdout, lines.join(''));
  } else {
    const paint = painter(stdout, env);
    for (const one of diagnostics) await write(stdout, diagnosticLine(source.name, one, paint));
    await write(stdout, `${summarize(source.name, ruleSet, expectations, diagnostics)}\n`);
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

/** Replaces the notes about collisions that are possible by those that are there. */
async function withCollisions(
  { ruleSet, diagnostics }: Inspected,
  { images }: CheckOptions,
  terminal: Terminal,
): Promise<readonly Diagnostic[]> {
  if (images === undefined || ruleSet === undefined) return diagnostics;
  const collisions = reportCollisions(await readImages(images, terminal), ruleSet);
  return [...diagnostics.filter(({ code }) => code !== 'colliding-images'), ...collisions];
}

function formatOpening(opening: RegistrationFinding, isJson = false): string {
  if (isJson) return JSON.stringify(opening);
  const { configuration, severity, code, message, expected } = opening;
  return escapeControl(
    `mutatingwebhookconfiguration/${configuration}: ${severity} ${code}: ${message} (expected ${expected})`,
  );
}

const missingText = {
  registries: 'registries does not name the Secret',
  secret: 'a Secret is missing',
  login: 'a login is missing in the Secret that registries names',
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
  ruleSet: RuleSet | undefined,
  expectations: readonly Expectation[],
  diagnostics: readonly Diagnostic[],
): string {
  const count = (severity: Diagnostic['severity'], word: string) => {
    return formatCount(diagnostics.filter((one) => one.severity === severity).length, word);
  };
  if (ruleSet === undefined) {
    return `${name}: invalid, ${count('error', 'error')}, ${count('warning', 'finding')}`;
  }
  const origins = formatCount(ruleSet.rules.length, 'origin');
  const met = expectations.filter(({ isMet }) => isMet).length;
  const tested = formatCount(expectations.length, 'expectation');
  const tests = expectations.length === 0 ? [] : [`${met} of ${tested} met`];
  return `${name}: ${['valid', origins, ...tests, count('warning', 'finding')].join(', ')}`;
}
