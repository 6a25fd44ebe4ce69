/*
 * k3s rewrites repositories by regular expressions (RE2) that it tries in no order, so no two of
 * them may match one repository; RE2 has no look-ahead, so what is left out must be spelt.
 */

/**
 * A repository, and what lies below it, with where it goes in the mirror's registry; both without
 * slashes at their ends.
 */
interface Rewrite {
  readonly from: string;
  readonly to: string;
  /** Whether `from` goes only from the names directly below it: library/ of official images. */
  readonly isOfficial?: boolean;
}

/**
 * Returns the expressions for repositories under each `from` that are not under a deeper one, with
 * what replaces them. Empty `from` is everything.
 */
export function rewritesOf(rewrites: readonly Rewrite[]): Record<string, string> {
  const deeperThan = new Map<string, string[]>(rewrites.map(({ from }) => [from, []]));
  for (const { from } of rewrites)
    for (const above of aboveOf(from)) deeperThan.get(above)?.push(from);
  return Object.fromEntries(
    rewrites.flatMap(({ from, to, isOfficial }): [string, string][] => {
      const above = from === '' ? 0 : from.length + 1;
      const deeper = (deeperThan.get(from) ?? []).map((each) => each.slice(above));
      const prefix = to === '' ? '' : `${to}/`;
      if (isOfficial)
        return [
          [`^${escaped(from)}/(${outside(deeper, 'one')})$`, `${prefix}$1`],
          [`^(${escaped(from)}/${outside(deeper, 'several')})$`, `${prefix}$1`],
        ];
      const rest = outside(deeper);
      if (from === '') return [[`^(${rest})$`, `${prefix}$1`]];
      // Nothing can be left of a name, so what goes to the top of the mirror must have something
      // below `from`.
      return to === ''
        ? [[`^${escaped(from)}/(${rest})$`, '$1']]
        : [[`^${escaped(from)}(/${rest})?$`, `${to}$1`]];
    }),
  );
}

/** Lists every path that this one is below. */
function aboveOf(path: string): string[] {
  const above = path === '' ? [] : [''];
  for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1))
    above.push(path.slice(0, end));
  return above;
}

/** How many segments a text has, as an expression for the rest of it. */
const segments = { any: '.*', one: '[^/]*', several: '[^/]*/.*' } as const;

/** Returns an expression for all that is neither one of `paths` nor below one, letter by letter. */
function outside(paths: readonly string[], count: keyof typeof segments = 'any'): string {
  if (paths.length === 0) return segments[count];
  const isWhole = paths.includes('');
  const byLetter = groupByLetter(paths);
  if (isWhole || count === 'one') byLetter.delete('/');
  const letters = new Set(byLetter.keys());
  if (isWhole) letters.add('/');
  const others = new Set(letters);
  if (count !== 'any') others.add('/');
  const alternatives = [
    `[^${[...others].map(escaped).join('')}]${segments[count]}`,
    // After a slash there are several segments, whatever follows.
    ...(count === 'several' && !letters.has('/') ? ['/.*'] : []),
    ...[...byLetter].map(([letter, rests]) => {
      const left = letter === '/' && count === 'several' ? 'any' : count;
      return escaped(letter) + outside(rests, left);
    }),
  ];
  return `(?:${alternatives.join('|')})${isWhole || count === 'several' ? '' : '?'}`;
}

/** Groups texts by their first letter, without it; one that is empty has none. */
function groupByLetter(texts: readonly string[]): Map<string, string[]> {
  const byLetter = new Map<string, string[]>();
  for (const text of texts) {
    const [letter] = text;
    if (letter === undefined) continue;
    const rests = byLetter.get(letter);
    if (rests === undefined) byLetter.set(letter, [text.slice(1)]);
    else rests.push(text.slice(1));
  }
  return byLetter;
}

function escaped(text: string): string {
  return text.replaceAll(/[.-]/g, '\\$&');
}
