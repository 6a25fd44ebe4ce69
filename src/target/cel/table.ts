import { list, text } from './literal.ts';
import { type TableName, tableVariables, type Variable } from './variables.ts';

/**
 * The API server takes expressions of 100,000 code points; what is around the entries needs few.
 */
const maxShard = 95_000;

/** Table holds texts by key, in as many variables as that takes. */
export interface Table {
  readonly variables: readonly Variable[];
  /** Reports whether it has the key that an expression gives. */
  has(key: string): string;
  /** Its value for a key that it has. */
  at(key: string): string;
  /** Its value; `otherwise`, an expression as well, where it has none. */
  get(key: string, otherwise: string): string;
}

/**
 * Makes a table, called `rules` in variables `rules0`, `rules1` … A lookup costs the same whatever
 * it holds.
 */
export function table(
  name: TableName,
  entries: Iterable<readonly [key: string, value: string]>,
): Table {
  const shards = shardsOf(entries);
  const variables = tableVariables(
    name,
    shards.map((lines) => `{\n${lines.join(',\n')}\n}`),
  );
  // Kyverno takes what a table gives for any type: string() says which.
  const get = (key: string, otherwise: string) =>
    `string(${variables.reduceRight(
      (rest, each) => `variables.${each.name}[?${key}].orValue(${rest})`,
      otherwise,
    )})`;
  return {
    variables,
    has: (key) =>
      shards.length === 0
        ? 'false'
        : `(${variables.map((each) => `${key} in variables.${each.name}`).join(' || ')})`,
    at: (key) =>
      variables.length === 1 ? `string(variables.${variables[0]?.name}[${key}])` : get(key, '""'),
    get,
  };
}

function shardsOf(entries: Iterable<readonly [string, string]>): string[][] {
  const shards: string[][] = [];
  let left = 0;
  for (const [key, value] of entries) {
    const line = `${text(key)}: ${text(value)}`;
    if (line.length + 2 > left) {
      shards.push([]);
      left = maxShard;
    }
    shards.at(-1)?.push(line);
    left -= line.length + 2;
  }
  return shards;
}

/** Names are looked up in a list that is part of an expression while there are no more than that. */
const maxListed = 20;

/** NameSet is a table of which only the keys count. */
export type NameSet = Pick<Table, 'variables' | 'has'>;

/** Makes a table of which only the keys count. */
export function nameSet(name: TableName, names: Iterable<string>): NameSet {
  const all = [...new Set(names)];
  if (all.length > maxListed)
    return table(
      name,
      all.map((each) => [each, '']),
    );
  return { variables: [], has: (key) => (all.length === 0 ? 'false' : `${key} in ${list(all)}`) };
}
