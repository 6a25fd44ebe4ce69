/** Where a kind keeps its Pod spec, as a JSON Pointer. One row a kind. */
export const podSpecPointers = { Pod: '/spec' } as const;

/** Where images live in a Pod spec: the list, and below an item of it. */
export const imageFields = [
  { letter: 'c', list: 'containers', inItem: '/image' },
  { letter: 'i', list: 'initContainers', inItem: '/image' },
  { letter: 'e', list: 'ephemeralContainers', inItem: '/image' },
  { letter: 'v', list: 'volumes', inItem: '/image/reference' },
] as const;

/** An image with the place that it has in a Pod spec. */
export interface PlacedImage {
  /** Letter of the list and name in it: `c/app`, `i/…`, `e/…`, `v/…`. */
  readonly place: string;
  /** JSON Pointer into the Pod spec: `/containers/0/image`. */
  readonly pointer: string;
  /** As written; never empty. */
  readonly image: string;
}

/** The images of a Pod spec, of whatever form it is: what does not look like an image is passed over. */
export function listImages(podSpec: unknown): PlacedImage[] {
  const images: PlacedImage[] = [];
  if (!isObject(podSpec)) return images;
  for (const field of imageFields) {
    const items = podSpec[field.list];
    if (!Array.isArray(items)) continue;
    for (let index = 0; index < items.length; index++) {
      const placed = placeImage(field, items[index], index);
      if (placed !== undefined) images.push(placed);
    }
  }
  return images;
}

function placeImage(
  { letter, list, inItem }: (typeof imageFields)[number],
  item: unknown,
  index: number,
): PlacedImage | undefined {
  if (!isObject(item)) return undefined;
  const image = letter === 'v' ? volumeReference(item) : item.image;
  if (typeof image !== 'string' || image === '') return undefined;
  const name = typeof item.name === 'string' ? item.name : '';
  return { place: `${letter}/${name}`, pointer: `/${list}/${index}${inItem}`, image };
}

function volumeReference(volume: Record<string, unknown>): unknown {
  return isObject(volume.image) ? volume.image.reference : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
