/** An image anywhere in a Kubernetes object, with the keys and indexes that lead to it. */
export interface ObjectImage {
  readonly path: readonly (string | number)[];
  readonly image: string;
}

/** Below these an `image` is none that is pulled: Ceph's, what a cluster reports, and what users call their labels. */
const otherwise = new Set([
  'rbd',
  'status',
  'labels',
  'annotations',
  'matchLabels',
  'nodeSelector',
  'selector',
]);
/** Kinds that hold other people's data, and schemas. */
const otherKinds = new Set(['ConfigMap', 'Secret', 'CustomResourceDefinition']);
/** Deeper than any object that a cluster stores. */
const maxDepth = 100;

/**
 * The images of an object of whatever kind, found by what they look like: text at the key `image`, or at `image.reference`.
 * Objects that hold a Pod spec, and those of operators that hold a part of one, need no list of their kinds.
 */
export function findImages(object: unknown): ObjectImage[] {
  if (!isObject(object) || otherKinds.has(String(object.kind))) return [];
  const found: ObjectImage[] = [];
  visit(object, [], found);
  return found;
}

function visit(value: unknown, path: readonly (string | number)[], found: ObjectImage[]): void {
  if (!isObject(value) || path.length > maxDepth) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) visit(item, [...path, index], found);
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    if (otherwise.has(key)) continue;
    const isImage = key === 'image' || (key === 'reference' && path.at(-1) === 'image');
    if (isImage && typeof inner === 'string' && inner !== '')
      found.push({ path: [...path, key], image: inner });
    else visit(inner, [...path, key], found);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
