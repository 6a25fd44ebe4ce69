import { rulesFileSchema } from './schema.ts';

/** The parts of a valibot schema that lead to the schemas inside it. */
interface SchemaNode {
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly wrapped?: SchemaNode;
  readonly item?: SchemaNode;
}

/**
 * Lists the keys that the schema knows at a path of the rules file; none if the value there is not
 * an object.
 */
export function knownKeys(path: readonly (string | number)[]): string[] {
  let node: SchemaNode | undefined = rulesFileSchema as SchemaNode;
  for (const key of path) {
    node = typeof key === 'number' ? unwrap(node)?.item : unwrap(node)?.entries?.[key];
  }
  return Object.keys(unwrap(node)?.entries ?? {});
}

function unwrap(node: SchemaNode | undefined): SchemaNode | undefined {
  return node?.wrapped === undefined ? node : unwrap(node.wrapped);
}
