import { text } from './literal.ts';
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
  return {
    variables,
    has: (key) =>
      shards.length === 0
        ? 'false'
        : `(${variables.map((each) => `${key} in variables.${each.name}`).join(' || ')})`,
    // Kyverno takes what orValue gives for any type: string() says which, or it could stand in no
    // map.
    get: (key, otherwise) =>
      `string(${variables.reduceRight(
        (rest, each) => `variables.${each.name}[?${key}].orValue(${rest})`,
        otherwise,
      )})`,
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
