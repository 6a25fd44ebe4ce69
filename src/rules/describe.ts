import type * as v from 'valibot';
import type { Diagnostic, Locate, Path } from './diagnostic.ts';
import type { DiagnosticList } from './diagnostic-list.ts';
import { exitNames } from './exit-names.ts';
import { formatPath } from './format-path.ts';
import { knownKeys } from './known-keys.ts';
import { nearest } from './nearest.ts';

type Issue = v.BaseIssue<unknown>;

/** Adds a schema issue to `diagnostics`, in words that its user knows. */
export function describe(issue: Issue, locate: Locate, diagnostics: DiagnosticList): void {
  const { issue: inner, path } = innermost(issue);
  if (inner.type === 'strict_object' && inner.expected === 'never') {
    addUnknownKeys(inner, path.slice(0, -1), locate, diagnostics);
  } else {
    diagnostics.add('error', () => ({ ...locate(path), ...describeValue(inner, path) }));
  }
}

/** Adds every unknown key of a mapping: the schema library reports the first only. */
function addUnknownKeys(
  issue: Issue,
  parent: Path,
  locate: Locate,
  diagnostics: DiagnosticList,
): void {
  const keys = knownKeys(parent);
  const mapping = (issue.path?.at(-1)?.input ?? {}) as object;
  for (const key of Object.keys(mapping)) {
    if (keys.includes(key)) continue;
    diagnostics.add('error', () => ({
      ...locate([...parent, key]),
      code: 'unknown-key',
      message: `${formatPath(parent)} has no key "${key}"`,
      expected: keys.join(', '),
      suggestion: nearest(key, keys),
    }));
  }
}

function describeValue(
  issue: Issue,
  path: Path,
): Pick<Diagnostic, 'code' | 'message' | 'expected'> {
  const expected =
    expectedByPath[pattern(path)] ??
    typeNames[issue.expected ?? ''] ??
    issue.expected ??
    'another value';
  if (issue.type === 'strict_object' && issue.received === 'undefined' && path.length > 0) {
    const key = String(path.at(-1));
    const message = `${formatPath(path.slice(0, -1))} needs the key ${key}`;
    return { code: 'missing-key', message, expected: `${key}: ${expected}` };
  }
  const isEmpty = issue.type === 'non_empty' || issue.type === 'min_length';
  const message = isEmpty
    ? `${formatPath(path)} is empty`
    : `${formatPath(path)} cannot be ${typeNames[issue.received] ?? shorten(issue.received)}`;
  return { code: 'wrong-value', message, expected };
}

/** Longer values, such as a whole file that is one text, would hide the rest of the message. */
const maxValueLength = 80;

function shorten(value: string): string {
  return value.length <= maxValueLength ? value : `${value.slice(0, maxValueLength)}…`;
}

/**
 * Returns, of a union's issues, the one that got furthest: `[quay.io, 5]` fails as a list at its
 * second item, not as a text at all.
 */
function innermost(issue: Issue): { issue: Issue; path: Path } {
  const path: Path = issue.path?.map(({ key }) => key as string | number) ?? [];
  // An issue within a union has its path from there.
  const inner = (issue.issues ?? []).map(innermost);
  const furthest = inner.find((one) => one.path.length > 0 || isOfContent(one.issue));
  if (furthest === undefined) return { issue, path };
  return { issue: furthest.issue, path: [...path, ...furthest.path] };
}

/** Reports whether the type was right and only the content was not. */
function isOfContent({ type }: Issue): boolean {
  return type === 'non_empty' || type === 'min_length';
}

const secretName = 'the name of a Secret: lower-case letters, digits, - and .';

/** What the schema library's own words (`(string | Array)`) would not tell a user, by path. */
const expectedByPath: Readonly<Record<string, string>> = {
  '': 'version and rules',
  version: '1',
  mirror: 'a registry such as mirror.example.com',
  bypass: 'a host such as direct.to, or false',
  exits: `all, none, or a list of ${exitNames.join(', ')}`,
  'exits[]': exitNames.join(', '),
  rules: 'a list of rules',
  'rules[]': 'a rule: from with to, keep or deny',
  'rules[].from': 'a registry such as quay.io, or a list of them',
  'rules[].from[]': 'a registry such as quay.io',
  'rules[].to': 'a registry such as mirror.example.com, with an optional repository prefix',
  'rules[].keep': 'true',
  'rules[].deny': 'a message for the user whose Pod is refused',
  'rules[].library': 'as-written, always or never',
  'rules[].pullSecrets': 'a list of Secret names',
  'rules[].pullSecrets[]': secretName,
  pullSecrets: 'a list of Secret names',
  'pullSecrets[]': secretName,
  'namespaceRules.to': 'a list of registries such as mirror.example.com/team',
};

const typeNames: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  string: 'a text',
  Object: 'a mapping',
  Array: 'a list',
  '!0': 'at least one',
  '>=1': 'at least one',
  null: 'empty',
};

function pattern(path: Path): string {
  return path
    .map((part, index) => (typeof part === 'number' ? '[]' : `${index === 0 ? '' : '.'}${part}`))
    .join('');
}
