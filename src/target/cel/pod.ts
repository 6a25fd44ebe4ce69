import { type ImageField, imageFields, neverPulled } from '../../workload/image-fields.ts';
import { type Item, itemOf, listOf } from './item.ts';
import { type Variable, variable, variables } from './variables.ts';

/* The images of a Pod as variables of a policy: workload/images.ts in CEL. */

/** Reads an image of a Pod that is to change; its place is `c/app`. */
export const pointedItem = itemOf('place', 'pointer', 'image');
/** Reads an image of a Pod that is judged. */
export const placedItem = itemOf('place', 'image');

/** Holds the test for a new Pod. Not `oldObject == null`: Kyverno has an empty object there. */
export const isNew = 'request.operation == "CREATE"';

/** How CEL reads an item of a list of a Pod. */
interface ItemReader {
  /** What the item is called. */
  readonly item: string;
  /** The test whether it has an image. */
  readonly hasImage: string;
  readonly image: string;
  readonly place: string;
  /** The test for a pull policy other than Never. */
  readonly isPulled: string;
}

function readerOf({ letter, path, pullPolicy }: ImageField): ItemReader {
  const item = path.length === 1 ? 'c' : 'v';
  const keys = path.map((_, index) => [item, ...path.slice(0, index + 1)].join('.'));
  return {
    item,
    hasImage: keys.map((key) => `has(${key})`).join(' && '),
    image: `string(${keys.at(-1)})`,
    place: `"${letter}/" + ${item}.name`,
    isPulled: `${item}.?${pullPolicy.join('.?')}.orValue("") != "${neverPulled}"`,
  };
}

/** Returns one list of what `of` makes of each list of `pod`. */
function eachList(pod: string, of: (reader: ItemReader, field: ImageField) => string): string {
  return imageFields
    .map((field) => `${pod}.spec.?${field.list}.orValue([])${of(readerOf(field), field)}`)
    .join('\n+ ');
}

const oldImages = eachList(
  'oldObject',
  ({ item, hasImage, image, place }) => `.map(${item}, ${hasImage}, ${place} + "=" + ${image})`,
);

/**
 * Without the two-variable comprehensions that the oldest API servers with validating policies do
 * not know.
 */
const placedImages = eachList('object', ({ item, hasImage, isPulled, ...values }) => {
  return `.map(${item}, ${hasImage} && ${isPulled}, ${listOf(placedItem, values)})`;
});

const pointedImages = eachList(
  'object',
  ({ item, hasImage, isPulled, ...values }, { list, path }) => {
    const pointer = `"/spec/${list}/" + string(i) + "/${path.join('/')}"`;
    const pointed = listOf(pointedItem, { ...values, pointer });
    return `.transformList(i, ${item}, ${hasImage} && ${isPulled}, ${pointed})`;
  },
);

/**
 * Returns the images of the Pod, and of an update those before; with JSON Pointers if they are to
 * change.
 */
export function imageVariables({ withPointers }: { withPointers: boolean }): Variable[] {
  return [
    variable('old', oldImages),
    variable('images', withPointers ? pointedImages : placedImages),
  ];
}

/**
 * Writes those that the request adds or changes; a change of others would restart running
 * containers.
 */
export function changedImages({ place, image }: Item<'place' | 'image'>): string {
  const isOld = `(${place} + "=" + ${image}) in ${variables.old}`;
  return `(${isNew} ? ${variables.images} : ${variables.images}.filter(x, !(${isOld})))`;
}
