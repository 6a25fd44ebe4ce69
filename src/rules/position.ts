import { type Document, isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml';
import type { Path, Position } from './diagnostic.ts';
import { knownKeys } from './known-keys.ts';

interface Child {
  readonly node: unknown;
  readonly offset: number;
  /** Where its key begins; of a list's item, where the item does. */
  readonly keyOffset: number;
}

/**
 * Where the value at `path` begins, in characters: for a key that the schema does not know the key itself, for a path
 * that is not there its nearest parent.
 */
export function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents;
  let offset = offsetOfNode(node) ?? 0;
  for (const [index, key] of path.entries()) {
    const child = childOf(node, key, offset);
    if (child === undefined) return offset;
    const isUnknown = typeof key === 'string' && !knownKeys(path.slice(0, index)).includes(key);
    if (isUnknown && index === path.length - 1) return child.keyOffset;
    ({ node, offset } = child);
  }
  return offset;
}

function childOf(node: unknown, key: string | number, parentOffset: number): Child | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    if (pair === undefined) return undefined;
    const keyOffset = offsetOfNode(pair.key) ?? parentOffset;
    return { node: pair.value, offset: offsetOfNode(pair.value) ?? keyOffset, keyOffset };
  }
  if (!isSeq(node) || typeof key !== 'number') return undefined;
  const item = node.items[key];
  const offset = offsetOfNode(item) ?? parentOffset;
  return { node: item, offset, keyOffset: offset };
}

function offsetOfNode(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

export function toPosition(lineCounter: LineCounter, offset: number): Position {
  const { line, col } = lineCounter.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
