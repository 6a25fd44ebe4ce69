import { annotation } from '../../workload/annotations.ts';
import { annotationValue, hasAnnotation } from './exempt.ts';
import { itemOf, listOf } from './item.ts';
import { text } from './literal.ts';
import { changedImages, placedItem, pointedItem } from './pod.ts';
import { partItem, partsOf } from './reference.ts';
import { type Variable, variable, variables } from './variables.ts';

/*
 * The mark of images that were sent to their origin: admission/mark.ts in CEL. A policy without a
 * bypass has none. Images are compared by what they mean (admission/same-image.ts), because other
 * webhooks spell them in their own way.
 */

/** All up to the last `=`: no reference has one. */
const markedPlace = 'm.find(r"(?s:^.*=)")';
const markItem = itemOf('suffix', 'name');
const placeOf = (place: string) => `(${place} + "=")`;

const tag = (suffix: string) => `(${suffix} == "" ? ":latest" : ${suffix}.find(r"^:[^@]+"))`;
const digest = (suffix: string) => `${suffix}.find(r"@.+$")`;

/** Holds what the Pod's mark says, and the places of which it is still true. */
export const markedVariables: readonly Variable[] = [
  variable(
    'entries',
    `${annotationValue(annotation.direct)}.split(" ").map(m, m != "", m.contains("=") ? m : m + "=")`,
  ),
  variable('markedPlaces', `${variables.entries}.map(m, ${markedPlace})`),
  variable(
    'marks',
    `${variables.entries}.transformList(i, m, ${variables.markedPlaces}.indexOf(${variables.markedPlaces}[i]) == i, m)`,
  ),
  variable(
    'marked',
    `${variables.marks}.transformMapEntry(i, m, {${markedPlace}: m.substring(size(${markedPlace}))})`,
  ),
  variable('markedParts', markedParts()),
  variable('still', `${sameText()}\n+ ${sameMeaning()}`),
];

function markedParts(): string {
  const { suffix, name } = partItem(['place']);
  const item = listOf(placedItem, {
    place: markedPlace,
    image: `m.substring(size(${markedPlace}))`,
  });
  const parts = partsOf(`${variables.marks}.map(m, ${item})`, placedItem, ['place']);
  return `${parts}\n.transformMapEntry(i, x, {x[0]: ${listOf(markItem, { suffix, name })}})`;
}

function sameText(): string {
  const { place, image } = pointedItem;
  const isSame = `${variables.marked}[?${placeOf(place)}].orValue("") == ${image}`;
  return `${variables.images}.map(x, ${isSame}, ${placeOf(place)})`;
}

/** A digest stays; a tag may get one, but does not become another. */
function sameMeaning(): string {
  const now = partItem(['place']);
  const before = { suffix: 'm[0]', name: 'm[1]' };
  const isMarked = `${placeOf(pointedItem.place)} in ${variables.markedParts}`;
  const parts = partsOf(`${variables.images}.filter(x, ${isMarked})`, pointedItem, ['place']);
  const isSame = [
    `${before.name} == ${now.name}`,
    `(${tag(before.suffix)} in ["", ${tag(now.suffix)}] || ${tag(now.suffix)} == "")`,
    `${digest(before.suffix)} in ["", ${digest(now.suffix)}]`,
  ].join(' && ');
  const place = placeOf(now.place);
  return `${parts}\n.map(x, [${variables.markedParts}[${place}]].exists(m, ${isSame}), ${place})`;
}

/** Writes the test whether an image was sent to its origin earlier. */
export const isStillMarked = `${placeOf(pointedItem.place)} in ${variables.still}`;

/** Returns the images that go to their origin now. `bypass` has its slash. */
export function bypassedVariable(bypass: string): Variable {
  const image = `${pointedItem.image}.substring(${bypass.length})`;
  const origin = listOf(pointedItem, { ...pointedItem, image });
  const origins = `${variables.open}.map(x, ${hasBypass(bypass)}, ${origin})`;
  return variable('bypassed', partsOf(origins, pointedItem, ['place', 'pointer', 'image']));
}

/** Writes the test whether an image still has the bypass in front of it. */
export function hasBypass(bypass: string): string {
  return `${pointedItem.image}.startsWith(${text(bypass)})`;
}

/**
 * All annotations of an object together, keys and values, in bytes (`TotalAnnotationSizeLimitB` of
 * apimachinery).
 */
const maxAnnotations = 256 * 1024;

/** Holds what the mark must become. */
export const markVariables: readonly Variable[] = [
  variable(
    'mark',
    `${variables.marks}.filter(m, ${markedPlace} in ${variables.still})
+ ${variables.bypassed}.map(x, ${pointedItem.place} + "=" + ${pointedItem.image})`,
  ),
  variable(
    'annotated',
    'object.metadata.?annotations.orValue({}).map(k, size(bytes(k)) + size(bytes(string(object.metadata.annotations[k])))).sum()',
  ),
];

const key = text(annotation.direct);
const value = `${variables.mark}.join(" ")`;
const path = `"/metadata/annotations/" + jsonpatch.escapeKey(${key})`;

/**
 * Nothing where nothing is decided or the mark is right. One that does not fit any more is not
 * written.
 */
export const markOperations = `(!${hasAnnotation(annotation.direct)} && size(${variables.bypassed}) == 0 ? []
  : size(${changedImages(pointedItem)}) == 0 || ${variables.mark} == ${variables.marks} ? []
  : size(${variables.mark}) == 0 ? [JSONPatch{op: "remove", path: ${path}}]
  : ${variables.annotated} + size(${key} + ${value}) > ${maxAnnotations} ? []
  : !has(object.metadata.annotations) ? [JSONPatch{op: "add", path: "/metadata/annotations", value: {${key}: ${value}}}]
  : [JSONPatch{op: "add", path: ${path}, value: ${value}}])`;
