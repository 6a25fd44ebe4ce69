import type { RulesFile } from '../../rules/schema.ts';
import { globs, pattern, text } from './literal.ts';
import { bypassKey, directKey, type Variable, variable, variables } from './variables.ts';

/*
 * The images of a Pod and what the Pod itself says of them, as variables of a policy: admission/decide-pod.ts in CEL. Where
 * images live is the same as in workload/images.ts, the annotations are those of admission/request.ts.
 */

const containerLists = [
  { letter: 'c', list: 'containers' },
  { letter: 'i', list: 'initContainers' },
  { letter: 'e', list: 'ephemeralContainers' },
] as const;
const hasReference = 'has(v.image) && has(v.image.reference)';
const imageOfContainer = 'string(c.?image.orValue(""))';
const imageOfVolume = 'string(v.image.reference)';

/** One list of what `ofContainer` and `ofVolume` make of each place, put together from the lists of `pod`. */
function eachImage(
  pod: string,
  ofContainer: (letter: string, list: string) => string,
  ofVolume: string,
): string {
  const containers = containerLists.map(
    ({ letter, list }) => `${pod}.spec.?${list}.orValue([])${ofContainer(letter, list)}`,
  );
  return [...containers, `${pod}.spec.?volumes.orValue([])${ofVolume}`].join('\n+ ');
}

/** `c/app=busybox` for each. */
const entries = (pod: string) =>
  eachImage(
    pod,
    (letter) => `.map(c, "${letter}/" + c.name + "=" + ${imageOfContainer})`,
    `.filter(v, ${hasReference}).map(v, "v/" + v.name + "=" + ${imageOfVolume})`,
  );

/** Without the two-variable comprehensions that the oldest API servers with validating policies do not know. */
const placedImages = eachImage(
  'object',
  (letter) => `.map(c, {"place": "${letter}/" + c.name, "image": ${imageOfContainer}})`,
  `.filter(v, ${hasReference}).map(v, {"place": "v/" + v.name, "image": ${imageOfVolume}})`,
);

const pointedImages = eachImage(
  'object',
  (letter, list) =>
    `.transformList(i, c, {"place": "${letter}/" + c.name, "pointer": "/spec/${list}/" + string(i) + "/image", "image": ${imageOfContainer}})`,
  `.transformList(i, v, ${hasReference}, {"place": "v/" + v.name, "pointer": "/spec/volumes/" + string(i) + "/image/reference", "image": ${imageOfVolume}})`,
);

/** Holds the test for a new Pod. Not `oldObject == null`: Kyverno has an empty object there. */
export const isNew = 'request.operation == "CREATE"';

/** Returns the images of the Pod, and those that the request adds or changes; with JSON Pointers if they are to change. */
export function imageVariables({ withPointers }: { withPointers: boolean }): Variable[] {
  return [
    variable('old', `${isNew} ? [] :\n${entries('oldObject')}`),
    variable(
      'images',
      `(${withPointers ? pointedImages : placedImages})\n.filter(x, x.image != "")`,
    ),
    variable(
      'changed',
      `${variables.images}.filter(x, !(${entryOf('x.image')} in ${variables.old}))`,
    ),
  ];
}

/** Writes `c/app=busybox` for the item `x` and an image. */
export function entryOf(image: string): string {
  return `(x.place + "=" + ${image})`;
}

const annotationValue = (key: string) =>
  `string(object.metadata.?annotations[?${text(key)}].orValue(""))`;

/** What JavaScript takes for white space, and the comma. */
const notSeparators =
  '[^\\s\\v,\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}]+';

/** ReadAnnotations says which annotations a policy reads. */
export interface ReadAnnotations {
  /** Where images were sent to their origin. Without a bypass nobody but a forger writes it. */
  readonly mark: boolean;
  /** What the Pod's author wants kept. */
  readonly bypass: boolean;
}

/** Returns what the Pod's annotations say: which places were sent to their origin, and what is to be kept. */
export function annotationVariables({ mark, bypass }: ReadAnnotations): Variable[] {
  return [...(mark ? markedVariables : []), ...(bypass ? keptVariables : [])];
}

const markedVariables: readonly Variable[] = [
  variable('marked', `${annotationValue(directKey)}.split(" ").filter(m, m != "")`),
  variable(
    'marks',
    `${variables.marked}.transformList(i, m, ${variables.marked}.indexOf(m) == i, m)`,
  ),
];

const keptVariables: readonly Variable[] = [
  variable('bypass', annotationValue(bypassKey)),
  variable('kept', `${variables.bypass}.findAll(${pattern(notSeparators)})`),
];

/** Returns the images that are left to the rules. */
export function openVariable({ mark, bypass }: ReadAnnotations): Variable {
  const isOpen = [
    ...(bypass ? [`!(x.place.substring(2) in ${variables.kept})`] : []),
    ...(mark ? [`!(${entryOf('x.image')} in ${variables.marks})`] : []),
  ].join(' && ');
  return variable(
    'open',
    `${variables.exempt}${bypass ? ` || ${variables.bypass} == "true"` : ''} ? [] :
${variables.changed}${isOpen === '' ? '' : `.filter(x, ${isOpen})`}`,
  );
}

/** Returns whether no rule is asked for the Pod: because of its namespace, an owner or a label. */
export function exemptVariable({
  namespaces,
  skip,
}: Pick<RulesFile, 'namespaces' | 'skip'>): Variable {
  const { include, exclude } = namespaces ?? {};
  const reasons = [
    ...(include ? [`!request.namespace.matches(${pattern(globs(include))})`] : []),
    ...(exclude ? [`request.namespace.matches(${pattern(globs(exclude))})`] : []),
    ...(skip?.owners ? [hasOwner(pattern(globs(skip.owners)))] : []),
    ...Object.entries(skip?.labels ?? {}).map(([key, glob]) => hasLabel(key, glob)),
  ];
  return variable('exempt', reasons.length === 0 ? 'false' : reasons.join('\n|| '));
}

/** `Kind` or `Kind.group`. */
function hasOwner(kinds: string): string {
  return `object.metadata.?ownerReferences.orValue([]).exists(o, o.kind.matches(${kinds}) || (o.kind + "." + o.apiVersion.split("/")[0]).matches(${kinds}))`;
}

function hasLabel(key: string, glob: string): string {
  return `object.metadata.?labels[?${text(key)}].optMap(v, string(v).matches(${pattern(globs([glob]))})).orValue(false)`;
}
