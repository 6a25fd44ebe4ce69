import { dockerHub, officialPath } from '../reference/docker-hub.ts';
import {
  type Destination,
  type DestinationMistake,
  destinationForm,
  destinationOf,
  expandMirror,
  parseDestination,
} from './destination.ts';
import type { Diagnostic, DiagnosticCode, Locate, Path, Position } from './diagnostic.ts';
import { DiagnosticList } from './diagnostic-list.ts';
import type { Exit } from './exit-names.ts';
import { closedKeys, openExits, withoutClosed } from './exits.ts';
import { type Origin, parseOrigin, splitName } from './origin.ts';
import { buildRuleSet, type Rule, type RuleSet } from './rule-set.ts';
import type { RuleEntry, RulesFile } from './schema.ts';
import { suggestOrigin } from './suggest-origin.ts';

/** ReadableEntry is a rule as far as it has the right form. */
export type ReadableEntry = Partial<RuleEntry>;
/**
 * ReadableFile is a file as far as it has the right form: undefined replaces a rule of which
 * nothing can be read.
 */
export type ReadableFile = Omit<RulesFile, 'rules'> & {
  readonly rules: readonly (ReadableEntry | undefined)[];
};

const defaultBypass = 'direct.to';
const start: Position = { line: 1, column: 1 };

/** Compiles a file. It returns a rule set unless a diagnostic is an error. */
export function compileRules(
  file: ReadableFile,
  locate: Locate = () => start,
  list = new DiagnosticList(100),
): { ruleSet: RuleSet | undefined; diagnostics: readonly Diagnostic[] } {
  const report: Report = (path, severity, code, message, extra) => {
    list.add(severity, () => ({ ...locate(path), code, message, ...extra }));
  };
  const exits = openExits(file);
  reportClosed(file, exits, report);
  const writtenBypass = compileBypass(file.bypass ?? defaultBypass, report);
  const bypass = exits.has('bypass') ? writtenBypass : '';
  const mirror = compileMirror(file.mirror, report);
  const entries = file.rules.flatMap((entry, index) =>
    entry === undefined ? [] : { entry, index },
  );
  const pullSecrets = file.pullSecrets ?? [];
  const rules = entries.flatMap(({ entry, index }) =>
    compileEntry(entry, { mirror, pullSecrets, index, report, locate }),
  );
  reportDuplicates(rules, list);
  const diagnostics = list.inFileOrder();
  if (list.hasErrors) return { ruleSet: undefined, diagnostics };
  const complete = entries.map(({ entry }) => entry as RuleEntry);
  const open = withoutClosed({ ...file, rules: complete }, exits);
  return {
    ruleSet: buildRuleSet(
      { file: open, bypass, exits, namespaceDestinations: namespaceDestinations(open) },
      rules,
      officialImages(rules),
    ),
    diagnostics,
  };
}

type Report = (
  path: Path,
  severity: Diagnostic['severity'],
  code: DiagnosticCode,
  message: string,
  extra: Pick<Diagnostic, 'expected' | 'suggestion'>,
) => void;

/** Returns where rules of namespaces may send images. */
function namespaceDestinations({ namespaceRules }: RulesFile): Destination[] {
  // Those that are wrong are reported by the loader.
  return (namespaceRules?.to ?? []).flatMap((to) => parseDestination(to) ?? []);
}

interface EntryContext {
  /** False where the file's is wrong. */
  readonly mirror: string | false | undefined;
  readonly pullSecrets: readonly string[];
  readonly index: number;
  readonly report: Report;
  readonly locate: Locate;
}

function reportClosed(file: ReadableFile, exits: ReadonlySet<Exit>, report: Report): void {
  for (const { path, exit } of closedKeys(file, exits)) {
    const message = `${path.join('.')} has no effect: exits does not list ${exit}`;
    const expected = `${exit} in exits, or no ${path.join('.')}`;
    report(path, 'warning', 'closed-exit', message, { expected });
  }
}

function compileBypass(bypass: string | false, report: Report): string {
  if (bypass === false) return '';
  const name = splitName(bypass);
  if (name === undefined || name.path !== '') {
    const message = `"${bypass}" cannot be the first segment of an image`;
    const expected = 'a host such as direct.to, or false';
    report(['bypass'], 'error', 'invalid-bypass', message, { expected });
  }
  return `${bypass}/`;
}

function compileMirror(mirror: string | undefined, report: Report): string | false | undefined {
  if (mirror === undefined || parseDestination(mirror) !== undefined) return mirror;
  const message = `"${mirror}" is not a registry path`;
  report(['mirror'], 'error', 'invalid-mirror', message, { expected: destinationForm });
  return false;
}

function compileEntry(entry: ReadableEntry, context: EntryContext): Rule[] {
  const action = compileAction(entry, context);
  const template = entry.to === undefined ? '' : expandMirror(entry.to, context.mirror);
  if (typeof template !== 'string') reportDestination(template, context);
  return namesOf(entry, context).flatMap(({ from, path }) => {
    const origin = compileOrigin(from, path, context);
    if (origin === undefined || action === undefined || typeof template !== 'string') return [];
    const destination = action === 'rewrite' ? destinationOf(template, origin) : undefined;
    if (destination !== undefined && 'code' in destination)
      return reportDestination(destination, context);
    return {
      from,
      origin,
      entry: context.index,
      action,
      destination,
      restStart: origin.path === '' ? 0 : origin.path.length + 1,
      message: entry.deny ?? '',
      library: entry.library ?? 'as-written',
      namespaces: entry.namespaces,
      pullSecrets: entry.pullSecrets ?? context.pullSecrets,
      ...context.locate(path),
      // Only a rule that rewrites has a destination, which the compiler cannot see here.
    } as Rule;
  });
}

/** Lists each `from` of a rule, with its path in the file. */
function namesOf({ from = [] }: ReadableEntry, { index }: EntryContext) {
  const path = ['rules', index, 'from'];
  if (typeof from === 'string') return [{ from, path }];
  return from.map((name, item) => ({ from: name, path: [...path, item] }));
}

function compileOrigin(from: string, path: Path, { report }: EntryContext): Origin | undefined {
  const origin = parseOrigin(from);
  if (origin !== undefined) return origin;
  const message = `no valid image reference can match "${from}"`;
  const expected = 'a registry such as quay.io, or one with the first segments of a repository';
  const suggestion = suggestOrigin(from);
  report(path, 'warning', 'unmatchable-from', message, { expected, suggestion });
  return undefined;
}

/**
 * Returns the official images among the rules for Docker Hub: `docker.io/nginx` names both what is
 * below `nginx/` and the image `nginx`, which the index knows as `library/nginx`. If that name has
 * a rule too, that rule decides.
 */
function officialImages(rules: readonly Rule[]): Rule[] {
  const ofHub = rules.filter(
    ({ origin }) => origin.kind === 'host' && origin.host === dockerHub && origin.path !== '',
  );
  const named = new Set(ofHub.map(({ origin }) => origin.path));
  return ofHub.flatMap((rule) => {
    const path = officialPath(rule.origin.path);
    if (named.has(path)) return [];
    return { ...rule, origin: { ...rule.origin, path }, restStart: path.length + 1 };
  });
}

function reportDestination(
  { code, message, expected, suggestion }: DestinationMistake,
  { index, report }: EntryContext,
): [] {
  report(['rules', index, 'to'], 'error', code, message, { expected, suggestion });
  return [];
}

function compileAction(
  entry: ReadableEntry,
  { index, report }: EntryContext,
): Rule['action'] | undefined {
  const [first, second] = (['to', 'keep', 'deny'] as const).filter(
    (key) => entry[key] !== undefined,
  );
  if (first === undefined) {
    const expected = 'to, keep or deny';
    report(['rules', index], 'error', 'no-action', 'the rule does not say what to do', {
      expected,
    });
    return undefined;
  }
  if (second !== undefined) {
    const message = `the rule has both ${first} and ${second}`;
    report(['rules', index, second], 'error', 'several-actions', message, {
      expected: 'only one of them',
    });
    return undefined;
  }
  return first === 'to' ? 'rewrite' : first;
}

function reportDuplicates(rules: readonly Rule[], list: DiagnosticList): void {
  const first = new Map<string, Rule>();
  for (const rule of rules) {
    const { kind, host, path } = rule.origin;
    const key = `${kind} ${host}/${path}`;
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, rule);
      continue;
    }
    const { line, column } = rule;
    const message = `"${rule.from}" is the same as "${earlier.from}" in line ${earlier.line}`;
    const expected = 'each from once';
    list.add('error', () => ({ line, column, code: 'duplicate-from', message, expected }));
  }
}

/** Holds rules that keep every image. */
export const emptyRuleSet = compileRules({ version: 1, bypass: false, rules: [] })
  .ruleSet as RuleSet;
