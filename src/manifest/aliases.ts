import { type Alias, type Document, isAlias, isNode, type Node, visit } from 'yaml';

/** What each alias of a document stands for. */
export type Aliases = ReadonlyMap<Alias, Node | undefined>;

/**
 * Read once, in the order of the text: an alias is for the last anchor of its name before it, and `Alias.resolve` looks
 * through the whole document each time. Undefined where one stands within what it refers to, which has no end.
 */
export function readAliases(document: Document): Aliases | undefined {
  const anchors = new Map<string, Node>();
  const aliases = new Map<Alias, Node | undefined>();
  let isEndless = false;
  visit(document, (_key, node, ancestors) => {
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      aliases.set(node, target);
      if (target !== undefined && ancestors.includes(target)) isEndless = true;
    } else if (isNode(node) && 'anchor' in node && node.anchor !== undefined) {
      anchors.set(node.anchor, node);
    }
  });
  return isEndless ? undefined : aliases;
}
