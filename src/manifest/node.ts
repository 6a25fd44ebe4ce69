import { type Document, isAlias, isMap, isScalar } from 'yaml';

/** The node that is meant: where an alias stands, what it refers to. */
export function resolve(node: unknown, document: Document): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

/** The value of a key, also of one that comes from another mapping (`<<: *defaults`). */
export function get(node: unknown, key: string, document: Document): unknown {
  if (!isMap(node)) return undefined;
  const own = node.get(key, true);
  if (own !== undefined) return own;
  const merge = node.items.find((pair) => isScalar(pair.key) && pair.key.source === '<<');
  return merge && get(resolve(merge.value, document), key, document);
}

/** Empty for what is no text. */
export function textOf(node: unknown, key: string, document: Document): string {
  const found = resolve(get(node, key, document), document);
  return isScalar(found) && typeof found.value === 'string' ? found.value : '';
}
