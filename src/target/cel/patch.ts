import type { RuleSet } from '../../rules/rule-set.ts';
import { annotation } from '../../workload/annotations.ts';
import { namedRules } from './find-rule.ts';
import { text } from './literal.ts';
import { entryOf } from './pod.ts';
import { table } from './table.ts';
import { type Variable, variable, variables } from './variables.ts';

/*
 * The JSON Patch: admission/patch.ts and admission/pull-secrets.ts in CEL, from what is `rewritten`
 * (rewrite.ts) and `bypassed`.
 */

/**
 * All annotations of an object together, keys and values, in bytes (`TotalAnnotationSizeLimitB` of
 * apimachinery).
 */
const maxAnnotations = 256 * 1024;

/**
 * Holds the images sent to their origin, and the mark that they leave; a policy without a bypass
 * has none.
 */
export const markVariables: readonly Variable[] = [
  variable('bypassed', `${variables.parsed}.filter(x, x.direct != "")`),
  variable(
    'mark',
    `${variables.images}.map(x, ${entryOf('x.image')}).filter(m, m in ${variables.marks})
+ ${variables.bypassed}.map(x, ${entryOf('x.ref')})`,
  ),
  variable(
    'annotated',
    'object.metadata.?annotations.orValue({}).map(k, size(bytes(k)) + size(bytes(string(object.metadata.annotations[k])))).sum()',
  ),
];

/** Returns the pull secrets that rewritten images need; nothing if no rule names any. */
export function secretVariables(ruleSet: RuleSet): Variable[] {
  const usual = (ruleSet.file.pullSecrets ?? []).join(' ');
  const rules = [...namedRules(ruleSet)]
    .filter(([, { action }]) => action === 'rewrite')
    .map(([key, { pullSecrets }]) => [key, pullSecrets.join(' ')] as const);
  const unusual = table(
    'secretsOf',
    rules.filter(([, names]) => names !== usual),
  );
  if (usual === '' && unusual.variables.length === 0) return [];
  return [
    ...unusual.variables,
    variable(
      'wanted',
      `${variables.rewritten}.map(x, ${unusual.get('x.key', text(usual))}).join(" ").split(" ").filter(s, s != "")`,
    ),
    variable(
      'secrets',
      `${variables.wanted}.transformList(i, s, ${variables.wanted}.indexOf(s) == i, s)`,
    ),
  ];
}

/** Returns the expression of the JSON Patch: all operations, made from the variables. */
export function patch({
  withSecrets,
  withMark,
}: {
  withSecrets: boolean;
  withMark: boolean;
}): string {
  return [
    `${variables.rewritten}.map(x, JSONPatch{op: "replace", path: x.pointer, value: x.becomes})`,
    ...(withMark
      ? [`${variables.bypassed}.map(x, JSONPatch{op: "replace", path: x.pointer, value: x.ref})`]
      : []),
    ...(withSecrets ? [secretOperations] : []),
    ...(withMark ? [markOperations] : []),
  ].join('\n+ ');
}

const key = text(annotation.direct);
const value = `${variables.mark}.join(" ")`;
const path = `"/metadata/annotations/" + jsonpatch.escapeKey(${key})`;

/**
 * Nothing where nothing is decided or the mark is right. One that does not fit any more is not
 * written.
 */
const markOperations = `(size(${variables.changed}) == 0 || ${variables.mark} == ${variables.marks} ? []
  : size(${variables.mark}) == 0 ? [JSONPatch{op: "remove", path: ${path}}]
  : ${variables.annotated} + size(${key} + ${value}) > ${maxAnnotations} ? []
  : !has(object.metadata.annotations) ? [JSONPatch{op: "add", path: "/metadata/annotations", value: {${key}: ${value}}}]
  : [JSONPatch{op: "add", path: ${path}, value: ${value}}])`;

/** The pull secrets of a Pod that exists cannot be changed. */
const secretOperations = `(request.operation != "CREATE" || size(${variables.secrets}) == 0 ? []
  : !has(object.spec.imagePullSecrets) ? [JSONPatch{op: "add", path: "/spec/imagePullSecrets", value: ${variables.secrets}.map(s, {"name": s})}]
  : ${variables.secrets}.filter(s, !object.spec.imagePullSecrets.exists(e, e.?name.orValue("") == s)).map(s, JSONPatch{op: "add", path: "/spec/imagePullSecrets/-", value: {"name": s}}))`;
