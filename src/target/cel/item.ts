/*
 * Items of the lists of a policy. An item is a short list of texts, as a map costs the API server
 * several times as much: `image: 'x[2]'` says that the third text of the item `x` is the image.
 */

/** Item says by which expression each part of an item is read. Its keys are in the item's order. */
export type Item<Part extends string> = Readonly<Record<Part, string>>;

/** Returns how the parts of an item called `x` are read. */
export function itemOf<Part extends string>(...parts: readonly Part[]): Item<Part> {
  const read = parts.map((part, index) => [part, `x[${index}]`]);
  return Object.fromEntries(read) as Item<Part>;
}

/** Writes an item with these values; whatever else `values` has is left out. */
export function listOf<Part extends string>(item: Item<Part>, values: Item<Part>): string {
  return `[${Object.keys(item)
    .map((part) => values[part as Part])
    .join(', ')}]`;
}
