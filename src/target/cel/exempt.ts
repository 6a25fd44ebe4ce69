import type { Globs } from '../../rules/glob.ts';
import type { RulesFile } from '../../rules/schema.ts';
import { annotation } from '../../workload/annotations.ts';
import { globs, pattern, text } from './literal.ts';
import { type Variable, variable, variables } from './variables.ts';

/* What a Pod and its namespace say about being left alone: admission/exemption.ts in CEL. */

const annotationAt = (key: string) => `object.metadata.?annotations[?${text(key)}]`;

/** Writes the test whether the Pod has an annotation. */
export function hasAnnotation(key: string): string {
  return `${annotationAt(key)}.hasValue()`;
}

/** Writes the value of an annotation, "" if there is none. */
export function annotationValue(key: string): string {
  return `string(${annotationAt(key)}.orValue(""))`;
}

/** What JavaScript takes for white space, and the comma. */
const notSeparators =
  '[^\\s\\v,\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}]+';

/** Holds what the Pod's author wants kept. */
export const keptVariables: readonly Variable[] = [
  variable('bypass', annotationValue(annotation.bypass)),
  variable('kept', `${variables.bypass}.findAll(${pattern(notSeparators)})`),
];

/**
 * Returns whether no rule is asked for the Pod, because of its namespace, an owner, a label or an
 * annotation; nothing if the file leaves out no Pod.
 */
export function exemptVariables({
  namespaces,
  skip,
}: Pick<RulesFile, 'namespaces' | 'skip'>): Variable[] {
  const { include, exclude } = namespaces ?? {};
  const reasons = [
    ...(include ? [`!request.namespace.matches(${pattern(globs(include))})`] : []),
    ...(exclude ? [`request.namespace.matches(${pattern(globs(exclude))})`] : []),
    ...(skip?.owners ? [hasOwner(pattern(globs(skip.owners)))] : []),
    ...(['labels', 'annotations'] as const).flatMap((field) =>
      Object.entries(skip?.[field] ?? {}).map(([key, value]) => hasValue(field, key, value)),
    ),
  ];
  return reasons.length === 0 ? [] : [variable('exempt', reasons.join('\n|| '))];
}

/** Writes the test for an owner, by `Kind` or `Kind.group`. */
function hasOwner(kinds: string): string {
  return `object.metadata.?ownerReferences.orValue([]).exists(o, o.kind.matches(${kinds}) || (o.kind + "." + o.apiVersion.split("/")[0]).matches(${kinds}))`;
}

/** Writes the test for a label or an annotation that matches one of the globs. */
function hasValue(field: 'labels' | 'annotations', key: string, value: Globs): string {
  return `object.metadata.?${field}[?${text(key)}].optMap(v, string(v).matches(${pattern(globs([value].flat()))})).orValue(false)`;
}
