import type * as v from 'valibot';
import type { Diagnostic, Locate, Path } from './diagnostic.ts';
import { exitNames } from './exits.ts';
import { knownKeys } from './known-keys.ts';
import { nearest } from './nearest.ts';

type Issue = v.BaseIssue<unknown>;

/** A schema issue in a user's words. */
export function describe(issue: Issue, locate: Locate): Diagnostic {
  const { issue: inner, path } = innermost(issue);
  const where = locate(path);
  const parent = path.slice(0, -1);
  const key = String(path.at(-1) ?? '');
  if (inner.type === 'strict_object' && inner.expected === 'never') {
    const keys = knownKeys(parent);
    const extra = { expected: keys.join(', '), suggestion: nearest(key, keys) };
    const message = `${place(parent)} has no key "${key}"`;
    return { ...where, code: 'unknown-key', severity: 'error', message, ...extra };
  }
  const expected =
    expectedWords[pattern(path)] ??
    plainWords[inner.expected ?? ''] ??
    inner.expected ??
    'another value';
  if (inner.type === 'strict_object' && inner.received === 'undefined' && path.length > 0) {
    const message = `${place(parent)} lacks the key ${key}`;
    return {
      ...where,
      code: 'missing-key',
      severity: 'error',
      message,
      expected: `${key}: ${expected}`,
    };
  }
  const isEmpty = inner.type === 'non_empty' || inner.type === 'min_length';
  const message = isEmpty
    ? `${place(path)} is empty`
    : `${place(path)} cannot be ${plainWords[inner.received] ?? inner.received}`;
  return { ...where, code: 'wrong-value', severity: 'error', message, expected };
}

/** Of a union's issues the one that got furthest: `[quay.io, 5]` fails as a list at its second item, not as a text at all. */
function innermost(issue: Issue): { issue: Issue; path: Path } {
  const path: Path = issue.path?.map(({ key }) => key as string | number) ?? [];
  // An issue within a union has its path from there.
  const inner = (issue.issues ?? []).map(innermost);
  const furthest = inner.find((one) => one.path.length > 0 || isOfContent(one.issue));
  if (furthest === undefined) return { issue, path };
  return { issue: furthest.issue, path: [...path, ...furthest.path] };
}

/** Whether the type was right and only the content was not. */
function isOfContent({ type }: Issue): boolean {
  return type === 'non_empty' || type === 'min_length';
}

const secretName = 'the name of a Secret: lower-case letters, digits, - and .';

/** What the schema library's own words (`(string | Array)`) would not tell a user, by path. */
const expectedWords: Readonly<Record<string, string>> = {
  '': 'version and rules',
  version: '1',
  mirror: 'a registry such as mirror.example.com',
  bypass: 'a host such as direct.to, or false',
  exits: `all, none, or a list of ${exitNames.join(', ')}`,
  'exits[]': exitNames.join(', '),
  rules: 'a list of rules',
  'rules[]': 'a rule: from with to, keep or deny',
  'rules[].from': 'a registry such as quay.io, or a list of such',
  'rules[].from[]': 'a registry such as quay.io',
  'rules[].to': 'a registry such as mirror.example.com, with a repository prefix if you like',
  'rules[].keep': 'true',
  'rules[].deny': 'a message for who is refused',
  'rules[].library': 'as-written, always or never',
  'rules[].pullSecrets': 'a list of names of Secrets',
  'rules[].pullSecrets[]': secretName,
  pullSecrets: 'a list of names of Secrets',
  'pullSecrets[]': secretName,
  'namespaceRules.to': 'a list of registries such as mirror.example.com/team',
};

const plainWords: Readonly<Record<string, string>> = {
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

function place(path: Path): string {
  if (path.length === 0) return 'the file';
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${part}`,
    )
    .join('');
}
