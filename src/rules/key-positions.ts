import { type Document, isMap, isScalar, type Node } from 'yaml';
import type { Path, Position } from './diagnostic.ts';
import { formatPath } from './format-path.ts';
import type { Lines } from './position.ts';

/** KeyPositions holds where the keys of a file are, except those of its rules: `skip.labels`. */
export type KeyPositions = ReadonlyMap<string, Position>;

/** Finds the positions of the keys of a rules file. */
export function findKeys({ contents }: Document, lines: Lines): KeyPositions {
  const found = new Map<string, Position>();
  addKeys(contents, [], (path, key) => {
    const name = formatPath(path);
    // The first one counts if a key appears twice.
    if (!found.has(name)) found.set(name, lines.position(key.range?.[0] ?? 0));
  });
  return found;
}

function addKeys(node: unknown, parent: Path, add: (path: Path, key: Node) => void): void {
  if (!isMap(node)) return;
  for (const { key, value } of node.items) {
    if (!isScalar(key)) continue;
    const path = [...parent, String(key.value)];
    add(path, key);
    addKeys(value, path, add);
  }
}

/** Returns where a key of the file is; the start of the file if it does not have the key. */
export function positionOfKey({ keys }: { readonly keys: KeyPositions }, key: string): Position {
  return keys.get(key) ?? { line: 1, column: 1 };
}
