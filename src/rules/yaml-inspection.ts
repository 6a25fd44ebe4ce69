import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Scalar,
} from 'yaml';

/** Inspection is what a document refers to and repeats. */
export interface Inspection {
  /** What each alias stands for: the last anchor of its name before it. */
  readonly aliases: ReadonlyMap<Alias, Node | undefined>;
  /** Keys that are in their mapping already. */
  readonly repeatedKeys: readonly Scalar[];
  /** Why the document cannot be read as a value. */
  readonly problem: AliasProblem | undefined;
}

/** An alias that makes a document unreadable, and why. */
interface AliasProblem {
  readonly alias: Alias;
  readonly message: string;
}

/**
 * Looks at each node of a document once. The library can do the same, but looks through all keys of
 * a mapping for each of them, and through the whole document for each alias.
 *
 * @param maxRepeated how many values all aliases together may stand for
 */
export function inspect(document: Document, maxRepeated: number): Inspection {
  const inspector = new Inspector(maxRepeated);
  inspector.weigh(document.contents);
  return inspector;
}

class Inspector implements Inspection {
  readonly aliases = new Map<Alias, Node | undefined>();
  readonly repeatedKeys: Scalar[] = [];
  problem: AliasProblem | undefined;
  readonly #maxRepeated: number;
  #repeated = 0;
  readonly #anchors = new Map<string, Node>();
  /** Of the nodes with anchors, as soon as they have been looked at as a whole. */
  readonly #weights = new Map<Node, number>();

  constructor(maxRepeated: number) {
    this.#maxRepeated = maxRepeated;
  }

  /** Counts the nodes that `node` stands for. */
  weigh(node: unknown): number {
    if (!isNode(node) || this.problem !== undefined) return 1;
    if (isAlias(node)) return this.#weighAlias(node);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    const weight = 1 + this.#weighItems(node);
    if (node.anchor !== undefined) this.#weights.set(node, weight);
    return weight;
  }

  #weighAlias(alias: Alias): number {
    const anchored = this.#anchors.get(alias.source);
    this.aliases.set(alias, anchored);
    if (anchored === undefined) return 1;
    const weight = this.#weights.get(anchored);
    if (weight === undefined)
      this.problem ??= { alias, message: 'an alias is inside the value that it refers to' };
    this.#repeated += weight ?? 1;
    if (this.#repeated > this.#maxRepeated)
      this.problem ??= { alias, message: `aliases repeat more than ${this.#maxRepeated} values` };
    return weight ?? 1;
  }

  #weighItems(node: Node): number {
    let weight = 0;
    if (isSeq(node)) {
      for (const item of node.items) weight += this.weigh(item);
    } else if (isMap(node)) {
      const keys = new Set<unknown>();
      for (const { key, value } of node.items) {
        this.#findRepeated(key, keys);
        weight += this.weigh(key) + this.weigh(value);
      }
    }
    return weight;
  }

  #findRepeated(key: unknown, keys: Set<unknown>): void {
    // Several mappings may be merged into one.
    if (!isScalar(key) || isMergeKey(key)) return;
    if (keys.has(key.value)) this.repeatedKeys.push(key);
    else keys.add(key.value);
  }
}

/** Reports whether a key is `<<`, not quoted. */
export function isMergeKey(key: Scalar): boolean {
  return key.type === 'PLAIN' && key.source === '<<';
}
