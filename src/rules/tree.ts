import { segmentsOf } from './segments.ts';

/** Tree is a node of an index with one Map a level, so that finding costs the same in any size. */
export interface Tree<Node> {
  children?: Map<string, Node>;
}

/** Returns the node of a key, which is made if there is none. */
export function rootOf<Node extends object>(roots: Map<string, Node>, key: string): Node {
  let node = roots.get(key);
  if (node === undefined) {
    node = {} as Node;
    roots.set(key, node);
  }
  return node;
}

/** Returns the node of a path below a root; `visit` sees each segment, with the node above it. */
export function descend<Node extends Tree<Node>>(
  root: Node,
  path: string,
  visit: (parent: Node, segment: string) => void = () => {},
): Node {
  let node = root;
  for (const segment of segmentsOf(path)) {
    visit(node, segment);
    node.children ??= new Map();
    node = rootOf(node.children, segment);
  }
  return node;
}
