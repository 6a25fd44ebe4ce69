import { isAlias, isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import type { Inspection } from '../rules/yaml-inspection.ts';

/** Aliases maps each alias of a document to the node that it refers to. */
export type Aliases = Inspection['aliases'];

/** Returns the node that an alias refers to; any other node as it is. */
export function resolve(node: unknown, aliases: Aliases): unknown {
  return isAlias(node) ? aliases.get(node) : node;
}

/** Entry is a key of a mapping and the node at that key. */
export type Entry = readonly [key: string, value: unknown];

/**
 * Lists the entries of a mapping, then those merged into it (`<<: *defaults`). Keys that are not
 * scalars are left out.
 */
export function entriesOf(map: YAMLMap, aliases: Aliases): Entry[] {
  const entries = new Map<string, unknown>();
  const merged: unknown[] = [];
  for (const { key, value } of map.items) {
    if (!isScalar(key)) continue;
    if (key.source === '<<') merged.push(value);
    else entries.set(String(key.value ?? ''), value);
  }
  for (const other of merged.flatMap((value) => mappings(value, aliases))) {
    for (const [key, value] of entriesOf(other, aliases)) {
      if (!entries.has(key)) entries.set(key, value);
    }
  }
  return [...entries];
}

/** Returns the mappings of a merge key: one, or a list of them. */
function mappings(value: unknown, aliases: Aliases): YAMLMap[] {
  const found = resolve(value, aliases);
  const items = isSeq(found) ? found.items.map((item) => resolve(item, aliases)) : [found];
  return items.filter((item) => isMap(item));
}

/** Returns the node at a key; aliases are not resolved. */
export function get(node: unknown, key: string, aliases: Aliases): unknown {
  if (!isMap(node)) return undefined;
  return node.get(key, true) ?? entriesOf(node, aliases).find(([name]) => name === key)?.[1];
}

/** Returns the text at a key; empty if it is not a text. */
export function textOf(node: unknown, key: string, aliases: Aliases): string {
  const found = resolve(get(node, key, aliases), aliases);
  return isScalar(found) && typeof found.value === 'string' ? found.value : '';
}
