import { placeholder } from '../../decision/decide.ts';
import type { RulesFile } from '../../rules/schema.ts';
import { annotation } from '../../workload/annotations.ts';
import { type ImageField, imageFields, neverPulled } from '../../workload/image-fields.ts';
import { globs, pattern, text } from './literal.ts';
import { type Variable, variable, variables } from './variables.ts';

/*
 * The images of a Pod and what the Pod itself says of them, as variables of a policy:
 * admission/decide-pod.ts in CEL.
 */

/** How CEL reads an item of a list of images. */
interface ItemReader {
  /** What the item is called. */
  readonly item: string;
  /** The test for its image, where not every item has one. */
  readonly hasImage: string | undefined;
  readonly image: string;
  /** The test for a pull policy other than Never. */
  readonly isPulled: string;
}

function readerOf({ path, pullPolicy }: ImageField): ItemReader {
  const item = path.length === 1 ? 'c' : 'v';
  const isPulled = `${item}.?${pullPolicy.join('.?')}.orValue("") != "${neverPulled}"`;
  if (path.length === 1)
    return { item, hasImage: undefined, image: `string(c.?${path[0]}.orValue(""))`, isPulled };
  const keys = path.map((_, index) => ['v', ...path.slice(0, index + 1)].join('.'));
  const hasImage = keys.map((key) => `has(${key})`).join(' && ');
  return { item, hasImage, image: `string(${keys.at(-1)})`, isPulled };
}

/** Returns one list of what `of` makes of each list of `pod`. */
function eachImage(pod: string, of: (field: ImageField, reader: ItemReader) => string): string {
  return imageFields
    .map((field) => `${pod}.spec.?${field.list}.orValue([])${of(field, readerOf(field))}`)
    .join('\n+ ');
}

/** Returns what `expression` makes of each item that has an image and passes the tests. */
function mapItems(
  { item, hasImage }: ItemReader,
  expression: string,
  tests: string[] = [],
): string {
  const all = [...(hasImage === undefined ? [] : [hasImage]), ...tests].join(' && ');
  return `${all === '' ? '' : `.filter(${item}, ${all})`}.map(${item}, ${expression})`;
}

/** `c/app=busybox` for each. */
const entries = (pod: string) =>
  eachImage(pod, ({ letter }, reader) =>
    mapItems(reader, `"${letter}/" + ${reader.item}.name + "=" + ${reader.image}`),
  );

/**
 * Without the two-variable comprehensions that the oldest API servers with validating policies do
 * not know.
 */
const placedImages = eachImage('object', ({ letter }, reader) =>
  mapItems(reader, `{"place": "${letter}/" + ${reader.item}.name, "image": ${reader.image}}`, [
    reader.isPulled,
  ]),
);

const pointedImages = eachImage('object', ({ letter, list, path }, reader) => {
  const { item, hasImage, image, isPulled } = reader;
  const filter = `${hasImage === undefined ? '' : `${hasImage} && `}${isPulled}, `;
  const pointer = `"/spec/${list}/" + string(i) + "/${path.join('/')}"`;
  return `.transformList(i, ${item}, ${filter}{"place": "${letter}/" + ${item}.name, "pointer": ${pointer}, "image": ${image}})`;
});

/** Holds the test for a new Pod. Not `oldObject == null`: Kyverno has an empty object there. */
export const isNew = 'request.operation == "CREATE"';

/**
 * Returns the images of the Pod, and those that the request adds or changes; with JSON Pointers if
 * they are to change.
 */
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

/**
 * Returns what the Pod's annotations say: which places were sent to their origin, and what is to be
 * kept.
 */
export function annotationVariables({ mark, bypass }: ReadAnnotations): Variable[] {
  return [...(mark ? markedVariables : []), ...(bypass ? keptVariables : [])];
}

const markedVariables: readonly Variable[] = [
  variable('marked', `${annotationValue(annotation.direct)}.split(" ").filter(m, m != "")`),
  variable(
    'marks',
    `${variables.marked}.transformList(i, m, ${variables.marked}.indexOf(m) == i, m)`,
  ),
];

const keptVariables: readonly Variable[] = [
  variable('bypass', annotationValue(annotation.bypass)),
  variable('kept', `${variables.bypass}.findAll(${pattern(notSeparators)})`),
];

interface OpenOptions extends ReadAnnotations {
  /** Whether the placeholder is kept. */
  readonly placeholder: boolean;
}

/** Returns the images that are left to the rules. */
export function openVariable({ mark, bypass, placeholder: isKept }: OpenOptions): Variable {
  const isOpen = [
    ...(isKept ? [`x.image != "${placeholder}"`] : []),
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

/** Writes the test for an owner, by `Kind` or `Kind.group`. */
function hasOwner(kinds: string): string {
  return `object.metadata.?ownerReferences.orValue([]).exists(o, o.kind.matches(${kinds}) || (o.kind + "." + o.apiVersion.split("/")[0]).matches(${kinds}))`;
}

function hasLabel(key: string, glob: string): string {
  return `object.metadata.?labels[?${text(key)}].optMap(v, string(v).matches(${pattern(globs([glob]))})).orValue(false)`;
}
