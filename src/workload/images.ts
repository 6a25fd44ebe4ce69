import { type ImageField, imageFields, neverPulled } from './image-fields.ts';

/** Maps each kind to the JSON Pointer of its Pod spec. */
export const podSpecPointers = { Pod: '/spec' } as const;

/** PlacedImage is an image with its place in a Pod spec. */
export interface PlacedImage {
  /** Letter of the list and name in it: `c/app`, `i/…`, `e/…`, `v/…`. */
  readonly place: string;
  /** JSON Pointer into the Pod spec: `/containers/0/image`. */
  readonly pointer: string;
  /** As written; never empty. */
  readonly image: string;
  /** False if its pull policy is Never: the node has it under this name, or the Pod does not start. */
  readonly isPulled: boolean;
}

/**
 * Lists the images of a Pod spec, whatever its form: what does not look like an image is skipped.
 */
export function listImages(podSpec: unknown): PlacedImage[] {
  const images: PlacedImage[] = [];
  if (!isObject(podSpec)) return images;
  for (const field of imageFields) {
    const items = podSpec[field.list];
    if (Array.isArray(items)) placeImages(field, items, images);
  }
  return images;
}

function placeImages(
  { letter, list, path, pullPolicy }: ImageField,
  items: readonly unknown[],
  images: PlacedImage[],
): void {
  const end = path.join('/');
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (!isObject(item)) continue;
    const image = valueAt(item, path);
    if (typeof image !== 'string' || image === '') continue;
    const name = typeof item.name === 'string' ? item.name : '';
    const isPulled = valueAt(item, pullPolicy) !== neverPulled;
    images.push({
      place: `${letter}/${name}`,
      pointer: `/${list}/${index}/${end}`,
      image,
      isPulled,
    });
  }
}

function valueAt(item: unknown, path: readonly string[]): unknown {
  let value = item;
  for (const key of path) {
    if (!isObject(value)) return undefined;
    value = value[key];
  }
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
