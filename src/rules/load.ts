import * as v from 'valibot';
import { type Document, LineCounter, parseDocument } from 'yaml';
import { compileRules, type Locate, type Path, type ReadableFile } from './compile.ts';
import type { Diagnostic } from './diagnostic.ts';
import { knownKeys } from './known-keys.ts';
import { nearest } from './nearest.ts';
import { offsetOf, toPosition } from './position.ts';
import type { RuleSet } from './rule-set.ts';
import { ruleSchema, rulesFileSchema } from './schema.ts';

/** The largest rules file, in characters: 100,000 rules fit in. */
export const maxRulesLength = 16 * 1024 * 1024;

export interface LoadedRules {
  /** Undefined where a diagnostic is an error. */
  readonly ruleSet: RuleSet | undefined;
  /** In the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a rules file (YAML or JSON) and reports every mistake in it at once. Never throws. */
export function loadRules(text: string): LoadedRules {
  if (text.length > maxRulesLength) {
    const message = `the file has ${text.length} characters`;
    const expected = `at most ${maxRulesLength}`;
    const where = { line: 1, column: 1 };
    return failed([{ ...where, code: 'too-large', severity: 'error', message, expected }]);
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  if (document.errors.length > 0) {
    return failed(
      document.errors.map(({ pos, message }) => ({
        ...toPosition(lineCounter, pos[0]),
        code: 'yaml-syntax',
        severity: 'error',
        message,
      })),
    );
  }
  const locate: Locate = (path) => toPosition(lineCounter, offsetOf(document, path));
  return loadValue(document, locate);
}

function loadValue(document: Document, locate: Locate): LoadedRules {
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // Thrown for aliases that multiply without end, and for those that refer to nothing.
    const message = error instanceof Error ? error.message : String(error);
    return failed([{ ...locate([]), code: 'yaml-syntax', severity: 'error', message }]);
  }
  const parsed = v.safeParse(rulesFileSchema, value);
  if (!parsed.success) {
    const ofForm = parsed.issues.flatMap((issue) => describe(issue, locate));
    return failed([...ofForm, ...compileRules(salvage(value), locate).diagnostics]);
  }
  const { ruleSet, diagnostics } = compileRules(parsed.output, locate);
  return { ruleSet, diagnostics: inFileOrder(diagnostics) };
}

/** What has the right form in a file that has not: its mistakes are to be told as well. */
function salvage(value: unknown): ReadableFile {
  const file = new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  const { mirror, bypass } = rulesFileSchema.entries;
  const parsedMirror = v.safeParse(mirror, file.get('mirror'));
  const parsedBypass = v.safeParse(bypass, file.get('bypass'));
  const rules: unknown = file.get('rules');
  return {
    version: 1,
    ...(parsedMirror.success && { mirror: parsedMirror.output }),
    ...(parsedBypass.success && { bypass: parsedBypass.output }),
    rules: Array.isArray(rules)
      ? rules.map((rule) => (v.is(ruleSchema, rule) ? rule : undefined))
      : [],
  };
}

function failed(diagnostics: Diagnostic[]): LoadedRules {
  return { ruleSet: undefined, diagnostics: inFileOrder(diagnostics) };
}

function inFileOrder(diagnostics: Diagnostic[]): Diagnostic[] {
  return diagnostics.sort((a, b) => a.line - b.line || a.column - b.column);
}

/** A schema issue in words; a union's issues are those of its nearest member, told as one. */
function describe(issue: v.BaseIssue<unknown>, locate: Locate): Diagnostic[] {
  const path: Path = issue.path?.map(({ key }) => key as string | number) ?? [];
  const where = locate(path);
  const parent = path.slice(0, -1);
  const key = String(path.at(-1) ?? '');
  const keys = knownKeys(parent);
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const suggestion = nearest(key, keys);
    const extra = { expected: keys.join(', '), ...(suggestion !== undefined && { suggestion }) };
    const message = `${place(parent)} has no key "${key}"`;
    return [{ ...where, code: 'unknown-key', severity: 'error', message, ...extra }];
  }
  if (issue.type === 'strict_object' && issue.received === 'undefined' && path.length > 0) {
    const message = `${place(parent)} lacks the key ${key}`;
    return [{ ...where, code: 'missing-key', severity: 'error', message }];
  }
  const message = `${place(path)} cannot be ${issue.received}`;
  const expected =
    expectedWords[path.filter((part) => typeof part === 'string').join('.')] ?? issue.expected;
  return [
    { ...where, code: 'wrong-value', severity: 'error', message, ...(expected && { expected }) },
  ];
}

/** What the schema library's own words (`(string | Array)`) would not tell a user. */
const expectedWords: Readonly<Record<string, string>> = {
  'rules.from': 'a registry such as quay.io, or a list of such',
  'rules.keep': 'true',
  'rules.library': 'as-written, always or never',
  version: '1',
  bypass: 'a host such as direct.to, or false',
  rules: 'a list of rules',
};

function place(path: Path): string {
  if (path.length === 0) return 'the file';
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .slice(1);
}
