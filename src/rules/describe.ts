import type * as v from 'valibot';
import type { Diagnostic, Locate, Path } from './diagnostic.ts';
import type { DiagnosticList } from './diagnostic-list.ts';
import { exitNames } from './exit-names.ts';
import { formatPath } from './format-path.ts';
import { isKnownKey, knownKeys } from './known-keys.ts';
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
    const moved = movedTo(parent, key);
    diagnostics.add('error', () => ({
      ...locate([...parent, key]),
      code: 'unknown-key',
      message: `${formatPath(parent)} has no key "${key}"`,
      expected: moved ?? keys.join(', '),
      suggestion: moved === undefined ? nearest(key, keys) : undefined,
    }));
  }
}

/** Returns where a key of earlier files is now; undefined for every other key. */
function movedTo(parent: Path, key: string): string | undefined {
  const isMoved = key === 'pullSecrets' && (parent.length === 0 || parent[0] === 'rules');
  return isMoved
    ? "it in the cluster's rules file, under the registry that needs them: registries: {HOST: {pullSecrets: [NAME]}}"
    : undefined;
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
const oneOrMoreGlobs = 'a text, or a list of them';
const outcome = 'the whole image that it becomes, keep or deny';
const tagGlob = 'a glob of tags, such as 7.*';
const fileName = 'the name of a file';
const platforms = 'all, or a list such as [linux/amd64, linux/arm64]';

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
  registries: 'a mapping from registries such as mirror.example.com to facts about them',
  'registries.*': 'a mapping: pullSecrets, plainHttp, ca, chunk or ecr',
  'registries.*.pullSecrets': 'a list of Secret names',
  'registries.*.pullSecrets[]': secretName,
  'registries.*.plainHttp': 'true',
  'registries.*.ca': 'certificates in PEM',
  'registries.*.chunk': 'a size such as 16MiB',
  'registries.*.ecr.encryption': 'AES256, KMS, KMS_DSSE or the ARN of a KMS key',
  'registries.*.ecr.policy': 'none, or a policy as JSON text',
  'registries.*.ecr.lifecycle': 'a lifecycle policy as JSON text',
  'registries.*.ecr.tags': 'a mapping from keys to texts, such as team: platform',
  'registries.*.ecr.tags.*': 'a text of at most 256 characters, with quotes around a number',
  'rules[].path': 'whole, last or joined',
  'namespaceRules.to': 'a list of registries such as mirror.example.com/team',
  'skip.labels.*': oneOrMoreGlobs,
  'skip.annotations.*': oneOrMoreGlobs,
  'expect.*': outcome,
  'expect.*.*': outcome,
  'workloads[]': 'kind and images',
  'workloads[].kind': 'Kind or Kind.group, such as Cluster.postgresql.cnpg.io',
  'workloads[].images': 'a list of paths such as spec.imageName',
  'workloads[].images[]': 'a path such as spec.imageName or spec.containers[].image',
  'sync.platforms': platforms,
  'sync.platforms[]': 'a platform such as linux/amd64',
  'sync.images[]': 'an image, or a mapping with from',
  'sync.images[].from': 'an image such as quay.io/org/app',
  ...choiceOf('sync.images[]'),
  'sync.lists[]': 'the name of a file, or a mapping with file',
  'sync.lists[].file': fileName,
  ...choiceOf('sync.lists[]'),
  'sync.neverLists[]': fileName,
  'sync.never[]': 'a glob of images, such as docker.io/evil/*',
};

/** Returns the descriptions of the keys that choose tags, in an entry of `sync`. */
function choiceOf(entry: string): Record<string, string> {
  return {
    [`${entry}.tags.include`]: 'a list of globs such as 7.*',
    [`${entry}.tags.include[]`]: tagGlob,
    [`${entry}.tags.exclude[]`]: tagGlob,
    [`${entry}.tags.pattern`]: 'a regular expression of RE2',
    [`${entry}.tags.semver`]: 'a range of versions such as >=7.2 <8, ^1.4 or 1.x || 3.x',
    [`${entry}.tags.latest`]: 'a whole number from 1',
    [`${entry}.tags.newerThan`]: 'a duration such as 90d, 12h or 30m',
    [`${entry}.immutable[]`]: tagGlob,
    [`${entry}.overwrite`]: 'always, never, or a duration such as 10d',
  };
}

const typeNames: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  string: 'a text',
  Object: 'a mapping',
  Array: 'a list',
  '!0': 'at least one',
  '>=1': 'at least one',
  null: 'empty',
};

/** Returns a path for any item and any key that a user chooses: `expect.*`, `rules[].from`. */
function pattern(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return '[]';
      const key = isKnownKey(path.slice(0, index + 1)) ? part : '*';
      return index === 0 ? key : `.${key}`;
    })
    .join('');
}
