import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar } from 'yaml';
import type { Path } from './diagnostic.ts';
import { type Inspection, isMergeKey } from './yaml-inspection.ts';

/** FoundText is a text of a document. */
export interface FoundText {
  readonly text: string;
  readonly isKey: boolean;
  readonly scalar: Scalar;
  /** Leads to the value, or to that of the key; it changes after the call. */
  readonly path: Path;
}

/** ValueVisitor is called with what a ValueReader comes across. */
export interface ValueVisitor {
  /** Called for each text, keys included. */
  text?(found: FoundText): void;
  /** Called for each alias that refers to nothing. */
  lostAlias(name: string, node: Node): void;
  /** Whether `<<: *other` adds the keys of another mapping. */
  readonly merge?: boolean;
}

/** ValueReader reads the nodes of a document whose keys are texts as a JavaScript value. */
export class ValueReader {
  readonly #aliases: Inspection['aliases'];
  readonly #visitor: ValueVisitor;
  readonly #path: (string | number)[] = [];
  /** Of the nodes with anchors. */
  readonly #values = new Map<Node, unknown>();

  constructor(aliases: Inspection['aliases'], visitor: ValueVisitor) {
    this.#aliases = aliases;
    this.#visitor = visitor;
  }

  read(node: unknown): unknown {
    if (isAlias(node)) {
      const anchored = this.#aliases.get(node);
      if (anchored !== undefined) return this.#values.get(anchored);
      this.#visitor.lostAlias(node.source, node);
      return undefined;
    }
    const value = this.#readNode(node);
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined)
      this.#values.set(node, value);
    return value;
  }

  #readNode(node: unknown): unknown {
    if (isMap(node)) return this.#readMap(node.items);
    if (isSeq(node)) return node.items.map((item, index) => this.#readAt(index, item));
    if (!isScalar(node)) return null;
    if (typeof node.value === 'string') this.#visit(node.value, node, false);
    return node.value;
  }

  #readMap(pairs: readonly Pair[]): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const merged: unknown[] = [];
    for (const { key, value } of pairs) {
      if (!isScalar(key)) continue;
      const name = String(key.value);
      const found = this.#readAt(name, value, key);
      if (this.#visitor.merge === true && isMergeKey(key)) merged.push(found);
      else setProperty(map, name, found);
    }
    for (const other of merged.flat()) addMissing(map, other);
    return map;
  }

  #readAt(part: string | number, node: unknown, key?: Scalar): unknown {
    this.#path.push(part);
    if (key !== undefined) this.#visit(String(part), key, true);
    const value = this.read(node);
    this.#path.pop();
    return value;
  }

  #visit(text: string, scalar: Scalar, isKey: boolean): void {
    this.#visitor.text?.({ text, isKey, scalar, path: this.#path });
  }
}

/** Adds what the mapping has not yet. */
function addMissing(map: Record<string, unknown>, other: unknown): void {
  if (typeof other !== 'object' || other === null) return;
  for (const [name, value] of Object.entries(other))
    if (!Object.hasOwn(map, name)) setProperty(map, name, value);
}

function setProperty(map: Record<string, unknown>, name: string, value: unknown): void {
  // An assignment would replace the prototype instead.
  if (name === '__proto__') Object.defineProperty(map, name, { value, ...plainProperty });
  else map[name] = value;
}

const plainProperty = { writable: true, enumerable: true, configurable: true } as const;
