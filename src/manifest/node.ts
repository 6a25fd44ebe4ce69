import { isAlias, isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import type { Inspection } from '../rules/yaml-inspection.ts';

export type Aliases = Inspection['aliases'];

/** The node that is meant: where an alias stands, what it refers to. */
export function resolve(node: unknown, aliases: Aliases): unknown {
  return isAlias(node) ? aliases.get(node) : node;
}

/** Keys, as a document's value has them, and what stands there. */
export type Entry = readonly [key: string, value: unknown];

/** What a mapping holds, also of others (`<<: *defaults`), whose keys come after its own. Keys that are no text are left out. */
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

/** One mapping, or a list of them. */
function mappings(value: unknown, aliases: Aliases): YAMLMap[] {
  const found = resolve(value, aliases);
  const items = isSeq(found) ? found.items.map((item) => resolve(item, aliases)) : [found];
  return items.filter((item) => isMap(item));
}

/** The value of a key; aliases are left as they stand. */
export function get(node: unknown, key: string, aliases: Aliases): unknown {
  if (!isMap(node)) return undefined;
  return node.get(key, true) ?? entriesOf(node, aliases).find(([name]) => name === key)?.[1];
}

/** Empty for what is no text. */
export function textOf(node: unknown, key: string, aliases: Aliases): string {
  const found = resolve(get(node, key, aliases), aliases);
  return isScalar(found) && typeof found.value === 'string' ? found.value : '';
}
