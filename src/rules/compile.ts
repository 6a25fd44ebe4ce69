import { maxPathLength, scanPath } from '../reference/grammar.ts';
import type { Diagnostic, DiagnosticCode, Position } from './diagnostic.ts';
import { nearest } from './nearest.ts';
import { type Origin, parseOrigin, ruleHost, splitName } from './origin.ts';
import { buildRuleSet, type Rule, type RuleSet, registryVariable } from './rule-set.ts';
import type { RuleEntry, RulesFile } from './schema.ts';

/** Keys and indexes that lead to a value in the file. */
export type Path = readonly (string | number)[];
/** Where the value at a path stands; for a path that is not there, where its nearest parent does. */
export type Locate = (path: Path) => Position;

const defaultBypass = 'direct.to';
const variable = /\$\{([^}]*)\}/g;
const start: Position = { line: 1, column: 1 };

/** A file, as far as it has the right form: undefined stands for a rule that has not. */
export type ReadableFile = Omit<RulesFile, 'rules'> & {
  readonly rules: readonly (RuleEntry | undefined)[];
};

/** Compiles a file. The rule set is there unless a diagnostic is an error. */
export function compileRules(
  file: ReadableFile,
  locate: Locate = () => start,
): { ruleSet: RuleSet | undefined; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const report: Report = (path, severity, code, message, extra) => {
    diagnostics.push({ ...locate(path), code, severity, message, ...extra });
  };
  const bypass = compileBypass(file.bypass ?? defaultBypass, report);
  const entries = file.rules.flatMap((entry, index) =>
    entry === undefined ? [] : { entry, index },
  );
  const rules = entries.flatMap(({ entry, index }) =>
    compileEntry(entry, { file, index, report, locate }),
  );
  reportDuplicates(rules, diagnostics);
  const isBroken = diagnostics.some(({ severity }) => severity === 'error');
  return {
    ruleSet: isBroken
      ? undefined
      : buildRuleSet({ ...file, rules: entries.map(({ entry }) => entry) }, bypass, rules),
    diagnostics,
  };
}

type Report = (
  path: Path,
  severity: Diagnostic['severity'],
  code: DiagnosticCode,
  message: string,
  extra?: Pick<Diagnostic, 'expected' | 'suggestion'>,
) => void;

interface EntryContext {
  readonly file: ReadableFile;
  readonly index: number;
  readonly report: Report;
  readonly locate: Locate;
}

function compileBypass(bypass: string | false, report: Report): string {
  if (bypass === false) return '';
  const name = splitName(bypass);
  if (name === undefined || name.path !== '') {
    report(
      ['bypass'],
      'error',
      'invalid-bypass',
      `"${bypass}" cannot be the first segment of an image`,
      {
        expected: 'a host such as direct.to, or false',
      },
    );
  }
  return `${bypass}/`;
}

function compileEntry(entry: RuleEntry, context: EntryContext): Rule[] {
  const action = compileAction(entry, context);
  if (action === undefined) return [];
  const isList = Array.isArray(entry.from);
  const written = isList ? (entry.from as string[]) : [entry.from as string];
  return written.flatMap((from, item) => {
    const path = ['rules', context.index, 'from', ...(isList ? [item] : [])];
    const origin = parseOrigin(from);
    if (origin === undefined) {
      const message = `no valid image reference can match "${from}"`;
      const expected = 'a registry such as quay.io, or one with the first segments of a repository';
      context.report(path, 'warning', 'unmatchable-from', message, { expected });
      return [];
    }
    const to = entry.to === undefined ? '' : compileTarget(entry.to, origin, context);
    if (to === undefined) return [];
    return {
      from,
      origin,
      entry: context.index,
      action,
      to,
      isTemplate: to.includes(registryVariable),
      restStart: origin.path === '' ? 0 : origin.path.length + 1,
      message: entry.deny ?? '',
      library: entry.library ?? 'as-written',
      namespaces: entry.namespaces,
      ...context.locate(path),
    } satisfies Rule;
  });
}

function compileAction(
  entry: RuleEntry,
  { index, report }: EntryContext,
): Rule['action'] | undefined {
  const given = (['to', 'keep', 'deny'] as const).filter((key) => entry[key] !== undefined);
  const [first, second] = given;
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
      expected: 'one of them',
    });
    return undefined;
  }
  return first === 'to' ? 'rewrite' : first;
}

/** `to` with its variables replaced, as far as that is possible before an image is known; undefined where it is wrong. */
function compileTarget(to: string, origin: Origin, context: EntryContext): string | undefined {
  const { file, index, report } = context;
  const path = ['rules', index, 'to'];
  for (const [, name = ''] of to.matchAll(variable)) {
    if (name === 'mirror' && file.mirror === undefined) {
      report(path, 'error', 'missing-key', 'to uses ${mirror}, but the file has no mirror', {
        expected: 'mirror: HOST at the top of the file',
      });
      return undefined;
    }
    if (name !== 'mirror' && name !== 'registry') {
      const suggestion = nearest(name, ['mirror', 'registry']);
      const extra = { expected: '${mirror} or ${registry}', ...(suggestion && { suggestion }) };
      report(path, 'error', 'unknown-variable', `nothing is known as \${${name}}`, extra);
      return undefined;
    }
  }
  const withMirror = to.replaceAll('${mirror}', file.mirror ?? '');
  const target =
    origin.kind === 'host'
      ? withMirror.replaceAll(registryVariable, asSegment(origin.host))
      : withMirror;
  if (isTarget(target)) return target;
  report(path, 'error', 'invalid-to', `"${target}" is not where an image could be`, {
    expected:
      'a registry such as mirror.example.com, and a repository prefix in lower case if you like',
  });
  return undefined;
}

/** The host as a path segment: `localhost:5000` → `localhost-5000`. */
export function asSegment(host: string): string {
  return host.replaceAll(':', '-');
}

function isTarget(target: string): boolean {
  const slash = target.indexOf('/');
  const registry = slash === -1 ? target : target.slice(0, slash);
  if (splitName(registry) === undefined) return false;
  if (slash === -1) return true;
  const segments = target.slice(slash + 1).split('/');
  // Where hosts are not known before, ${registry} stands for a whole segment: only so can it be told what lies below a `to`.
  const path = segments.map((segment) => (segment === registryVariable ? 'x' : segment)).join('/');
  return path.length < maxPathLength && scanPath(path, 0) === path.length;
}

function reportDuplicates(rules: readonly Rule[], diagnostics: Diagnostic[]): void {
  const first = new Map<string, Rule>();
  for (const rule of rules) {
    const { kind, host, path } = rule.origin;
    const key = `${kind} ${kind === 'host' ? ruleHost(host) : host}/${path}`;
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, rule);
      continue;
    }
    const { line, column } = rule;
    const message = `"${rule.from}" is the same as "${earlier.from}" in line ${earlier.line}`;
    diagnostics.push({
      line,
      column,
      code: 'duplicate-from',
      severity: 'error',
      message,
      expected: 'each from once',
    });
  }
}
