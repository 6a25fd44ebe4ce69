import { type Document, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import type { Path, Position } from './diagnostic.ts';
import { isKnownKey } from './known-keys.ts';

/** Lines turns offsets of a text into lines and columns. */
export class Lines {
  readonly #text: string;
  #starts: Uint32Array | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /**
   * Returns where `part` is within a range of the text; where the range begins if it is not in
   * there.
   */
  find(part: string, range: readonly number[] | null | undefined): number {
    const [start = 0, end = start] = range ?? [];
    const found = this.#text.slice(start, end).indexOf(part);
    return start + Math.max(0, found);
  }

  /** Returns where a comment begins on the line of `offset`, with nothing but blanks before it. */
  commentAfter(offset: number): number | undefined {
    let at = offset;
    while (this.#text[at] === ' ' || this.#text[at] === '\t') at++;
    return this.#text[at] === '#' ? at : undefined;
  }

  position(offset: number): Position {
    this.#starts ??= startsOf(this.#text);
    const starts = this.#starts;
    let line = 0;
    for (let end = starts.length; end - line > 1; ) {
      const middle = (line + end) >> 1;
      if ((starts[middle] as number) <= offset) line = middle;
      else end = middle;
    }
    return { line: line + 1, column: offset - (starts[line] as number) + 1 };
  }
}

function startsOf(text: string): Uint32Array {
  let count = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
  const starts = new Uint32Array(count);
  let line = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1))
    starts[++line] = at + 1;
  return starts;
}

interface Child {
  readonly node: unknown;
  readonly offset: number;
  /** Where its key begins; of a list's item, where the item does. */
  readonly keyOffset: number;
}

/** Offsets finds where the values of a document are. */
export class Offsets {
  readonly #document: Document;
  /** The keys of mappings that were searched before. */
  readonly #pairs = new Map<YAMLMap, ReadonlyMap<string, Pair>>();

  constructor(document: Document) {
    this.#document = document;
  }

  /**
   * Returns where the value at `path` begins, in characters: for a key that the schema does not
   * know the key itself, for a path that is not there its nearest parent.
   */
  of(path: Path): number {
    let node: unknown = this.#document.contents;
    let offset = offsetOfNode(node) ?? 0;
    for (const [index, key] of path.entries()) {
      const child = this.#childOf(node, key, offset);
      if (child === undefined) return offset;
      const isLast = index === path.length - 1;
      if (isLast && typeof key === 'string' && !isKnownKey(path)) return child.keyOffset;
      ({ node, offset } = child);
    }
    return offset;
  }

  #childOf(node: unknown, key: string | number, parentOffset: number): Child | undefined {
    if (isMap(node)) {
      const pair = this.#pairsOf(node).get(String(key));
      if (pair === undefined) return undefined;
      const keyOffset = offsetOfNode(pair.key) ?? parentOffset;
      return { node: pair.value, offset: offsetOfNode(pair.value) ?? keyOffset, keyOffset };
    }
    if (!isSeq(node) || typeof key !== 'number') return undefined;
    const item = node.items[key];
    const offset = offsetOfNode(item) ?? parentOffset;
    return { node: item, offset, keyOffset: offset };
  }

  #pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
    const known = this.#pairs.get(map);
    if (known !== undefined) return known;
    const pairs = new Map<string, Pair>();
    for (const pair of map.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : undefined;
      // Of a key that appears twice, the first is meant.
      if (key !== undefined && !pairs.has(key)) pairs.set(key, pair);
    }
    this.#pairs.set(map, pairs);
    return pairs;
  }
}

function offsetOfNode(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
