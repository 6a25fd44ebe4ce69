import type { RuleSet } from '../../rules/rule-set.ts';
import { namedRules } from './find-rule.ts';
import { text } from './literal.ts';
import { directKey, entryOf, type Variable } from './pod.ts';
import { table } from './table.ts';

/*
 * The JSON Patch: admission/patch.ts and admission/pull-secrets.ts in CEL, from what is `rewritten` (rewrite.ts) and
 * `bypassed`.
 */

/** All annotations of an object together, keys and values, in bytes (`TotalAnnotationSizeLimitB` of apimachinery). */
const maxAnnotations = 256 * 1024;

/** The images sent to their origin, and the mark that they leave; a policy without a bypass has none. */
export const markVariables: readonly Variable[] = [
  {
    name: 'bypassed',
    comment: 'The images that go to their origin, because they were written with the bypass.',
    expression: 'variables.parsed.filter(x, x.direct != "")',
  },
  {
    name: 'mark',
    comment: `What ${directKey} must say now: without places whose image is another by now.`,
    expression: `variables.images.map(x, ${entryOf('x.image')}).filter(m, m in variables.marks)
+ variables.bypassed.map(x, ${entryOf('x.ref')})`,
  },
  {
    name: 'annotated',
    comment: 'How many bytes of annotations there are; the API server allows 256 KiB.',
    expression:
      'object.metadata.?annotations.orValue({}).map(k, size(bytes(k)) + size(bytes(string(object.metadata.annotations[k])))).sum()',
  },
];

/** What rewritten images need to be pulled; nothing where no rule names any. */
export function secretVariables(ruleSet: RuleSet): Variable[] {
  const usual = (ruleSet.file.pullSecrets ?? []).join(' ');
  const rules = [...namedRules(ruleSet)]
    .filter(([, { action }]) => action === 'rewrite')
    .map(([key, { pullSecrets }]) => [key, pullSecrets.join(' ')] as const);
  const unusual = table(
    'secretsOf',
    'The pull secrets of rules that have others than the file.',
    rules.filter(([, names]) => names !== usual),
  );
  if (usual === '' && unusual.variables.length === 0) return [];
  return [
    ...unusual.variables,
    {
      name: 'wanted',
      comment: 'The pull secrets that the rewritten images need.',
      expression: `variables.rewritten.map(x, ${unusual.get('x.key', text(usual))}).join(" ").split(" ").filter(s, s != "")`,
    },
    {
      name: 'secrets',
      comment: 'The same, each once.',
      expression: 'variables.wanted.transformList(i, s, variables.wanted.indexOf(s) == i, s)',
    },
  ];
}

/** All operations; they use what the variables above hold. */
export function patch({
  withSecrets,
  withMark,
}: {
  withSecrets: boolean;
  withMark: boolean;
}): string {
  return [
    'variables.rewritten.map(x, JSONPatch{op: "replace", path: x.pointer, value: x.becomes})',
    ...(withMark
      ? ['variables.bypassed.map(x, JSONPatch{op: "replace", path: x.pointer, value: x.ref})']
      : []),
    ...(withSecrets ? [secretOperations] : []),
    ...(withMark ? [markOperations] : []),
  ].join('\n+ ');
}

const key = text(directKey);
const value = 'variables.mark.join(" ")';
const path = `"/metadata/annotations/" + jsonpatch.escapeKey(${key})`;

/** Nothing where nothing is decided or the mark is right. One that does not fit any more is not written. */
const markOperations = `(size(variables.changed) == 0 || variables.mark == variables.marks ? []
  : size(variables.mark) == 0 ? [JSONPatch{op: "remove", path: ${path}}]
  : variables.annotated + size(${key} + ${value}) > ${maxAnnotations} ? []
  : !has(object.metadata.annotations) ? [JSONPatch{op: "add", path: "/metadata/annotations", value: {${key}: ${value}}}]
  : [JSONPatch{op: "add", path: ${path}, value: ${value}}])`;

/** The pull secrets of a Pod that exists cannot be changed. */
const secretOperations = `(request.operation != "CREATE" || size(variables.secrets) == 0 ? []
  : !has(object.spec.imagePullSecrets) ? [JSONPatch{op: "add", path: "/spec/imagePullSecrets", value: variables.secrets.map(s, {"name": s})}]
  : variables.secrets.filter(s, !object.spec.imagePullSecrets.exists(e, e.?name.orValue("") == s)).map(s, JSONPatch{op: "add", path: "/spec/imagePullSecrets/-", value: {"name": s}}))`;
