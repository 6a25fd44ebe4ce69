/** SchemaPath is where a cursor is in a YAML text, which may be half written. */
export interface SchemaPath {
  /** Keys that lead there; an item of a list is 0, whichever it is. */
  readonly path: readonly (string | number)[];
  /** The key whose value is written there; undefined where a key is. */
  readonly ofKey: string | undefined;
}

/**
 * Finds the path at an offset by indentation: what is being written is seldom what a parser takes.
 */
export function pathAt(text: string, offset: number): SchemaPath {
  const lines = text.slice(0, offset).split('\n');
  const current = lines.pop() ?? '';
  const brace = openBrace(current);
  const { dashes, key, column } = shapeOf(brace === -1 ? current : current.slice(0, brace));
  const path: (string | number)[] = [];
  // Only what is further left than these leads to the line.
  let keysBefore = column;
  let dashesBefore = column;
  const enterList = (dash: number) => {
    path.unshift(0);
    keysBefore = dash + 1; // a list may stand right under its key
    dashesBefore = dash;
  };
  for (const dash of dashes.toReversed()) enterList(dash);
  for (const line of lines.toReversed()) {
    const above = shapeOf(line);
    if (above.key !== undefined && above.column < keysBefore) {
      path.unshift(above.key);
      keysBefore = above.column;
      dashesBefore = above.column;
    }
    for (const dash of above.dashes.toReversed()) if (dash < dashesBefore) enterList(dash);
  }
  if (brace === -1) return { path, ofKey: key };
  const written = current.slice(Math.max(brace, current.lastIndexOf(',')) + 1);
  const inner = /^\s*["']?(\w+)["']?:\s/.exec(written)?.[1];
  return { path: key === undefined ? path : [...path, key], ofKey: inner };
}

/** Returns the keys that the mapping at an offset has already, except on the line of the offset. */
export function keysAround(text: string, offset: number): ReadonlySet<string> {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const current = text.slice(start, offset);
  const brace = openBrace(current);
  if (brace !== -1) {
    const written = current.slice(brace + 1).matchAll(/(?:^|,)\s*["']?([\w$]+)["']?:\s/g);
    return new Set(Array.from(written, ([, key = '']) => key));
  }
  const { column, dashes } = shapeOf(current);
  const end = text.indexOf('\n', offset);
  const above = dashes.length > 0 ? [] : text.slice(0, start).split('\n').reverse();
  const below = end === -1 ? [] : text.slice(end + 1).split('\n');
  return new Set([
    ...keysInColumn(above.map(shapeOf), column, true),
    ...keysInColumn(below.map(shapeOf), column, false),
  ]);
}

/** Returns the keys in a column until a line ends their mapping; upwards, a dash begins it. */
function keysInColumn(shapes: readonly Shape[], column: number, isUpwards: boolean): string[] {
  const keys: string[] = [];
  for (const shape of shapes) {
    const isItem = shape.dashes.some((dash) => dash < column);
    const isOther = (shape.key !== undefined || isItem) && shape.column < column;
    if (isOther || (isItem && !isUpwards)) break;
    if (shape.key !== undefined && shape.column === column) keys.push(shape.key);
    if (isItem && shape.column === column) break;
  }
  return keys;
}

/** Returns the index of the last brace of a line that is still open, else -1. */
function openBrace(line: string): number {
  const open: number[] = [];
  for (const { 0: brace, index } of line.matchAll(/\$\{[^}]*\}?|[{}]/g)) {
    if (brace === '{') open.push(index);
    else if (brace === '}') open.pop();
  }
  return open.at(-1) ?? -1;
}

interface Shape {
  /** Columns of the dashes that begin items. */
  readonly dashes: readonly number[];
  readonly key: string | undefined;
  /** Where what follows them begins. */
  readonly column: number;
}

function shapeOf(line: string): Shape {
  const [lead = ''] = /^(?:\s|-(?=\s|$))*/.exec(line) ?? [];
  const isComment = line[lead.length] === '#';
  const dashes = [...lead.matchAll(/-/g)].map(({ index }) => index);
  const key = /^["']?([\w$./:{}-]+?)["']?:(?:\s|$)/.exec(line.slice(lead.length))?.[1];
  // A line with nothing in it leads nowhere.
  const isEmpty = isComment || (key === undefined && lead.length === line.length);
  if (isComment) return { dashes: [], key: undefined, column: Number.POSITIVE_INFINITY };
  return { dashes, key: isEmpty ? undefined : key, column: lead.length };
}
