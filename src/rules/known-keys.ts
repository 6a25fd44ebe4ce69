import type { Path } from './diagnostic.ts';
import { rulesFileSchema } from './schema.ts';

/** SchemaNode is the parts of a valibot schema that lead to the schemas inside it. */
export interface SchemaNode {
  readonly type?: string;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  /** Of a mapping whose keys are the user's. */
  readonly value?: SchemaNode;
  readonly wrapped?: SchemaNode;
  readonly item?: SchemaNode;
  /** The schemas of a union, or the texts of a picklist. */
  readonly options?: readonly unknown[];
  readonly literal?: unknown;
  readonly pipe?: readonly { readonly type?: string; readonly description?: string }[];
}

/** Returns the schemas that the value at a path of the rules file may have: several for a union. */
export function schemasAt(path: Path): SchemaNode[] {
  let nodes: SchemaNode[] = [];
  addSchemas(rulesFileSchema as unknown as SchemaNode, nodes);
  // Loops: this is done for every rule of a file.
  for (const key of path) {
    const next: SchemaNode[] = [];
    for (const node of nodes) addSchemas(below(node, key), next);
    nodes = next;
  }
  return nodes;
}

/**
 * Lists the keys that the schema knows at a path of the rules file; none if the value there is not
 * an object.
 */
export function knownKeys(path: Path): string[] {
  return schemasAt(path).flatMap(({ entries = {} }) => Object.keys(entries));
}

/** Reports whether the schema knows the last key of a path. */
export function isKnownKey(path: Path): boolean {
  const key = String(path.at(-1));
  return schemasAt(path.slice(0, -1)).some(
    ({ entries }) => entries !== undefined && Object.hasOwn(entries, key),
  );
}

/** Returns what the schema says of a key of the rules file. */
export function descriptionAt(path: Path): string | undefined {
  const key = path.at(-1);
  for (const parent of key === undefined ? [] : schemasAt(path.slice(0, -1))) {
    const node = below(parent, key as string | number);
    const found = (node?.wrapped ?? node)?.pipe?.find(({ type }) => type === 'description');
    if (found !== undefined) return found.description;
  }
  return undefined;
}

function below({ item, entries, value }: SchemaNode, key: string | number): SchemaNode | undefined {
  return typeof key === 'number' ? item : (entries?.[key] ?? value);
}

/** Adds the schemas that a value of this one may have. */
function addSchemas(node: SchemaNode | undefined, schemas: SchemaNode[]): void {
  if (node === undefined) return;
  if (node.wrapped !== undefined) addSchemas(node.wrapped, schemas);
  else if (node.type !== 'union') schemas.push(node);
  else for (const option of node.options ?? []) addSchemas(option as SchemaNode, schemas);
}
