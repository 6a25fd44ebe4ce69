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
    rewrites.map(({ from, to }) => {
      const deeper = deeperThan.get(from) ?? [];
      const rest = outside(
        deeper.map((each) => (from === '' ? each : each.slice(from.length + 1))),
      );
      if (from === '') return [`^(${rest})$`, to === '' ? '$1' : `${to}/$1`];
      // Nothing can be left of a name, so what goes to the top of the mirror must have something
      // below `from`.
      return to === ''
        ? [`^${escaped(from)}/(${rest})$`, '$1']
        : [`^${escaped(from)}(/${rest})?$`, `${to}$1`];
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

/** Returns an expression for all that is neither one of `paths` nor below one, letter by letter. */
function outside(paths: readonly string[]): string {
  if (paths.length === 0) return '.*';
  const isWhole = paths.includes('');
  const byLetter = new Map<string, string[]>();
  for (const path of paths) {
    const [letter = ''] = path;
    if (letter === '' || (isWhole && letter === '/')) continue;
    const rests = byLetter.get(letter);
    if (rests === undefined) byLetter.set(letter, [path.slice(1)]);
    else rests.push(path.slice(1));
  }
  const letters = [...byLetter.keys(), ...(isWhole ? ['/'] : [])];
  const others = `[^${letters.map(escaped).join('')}].*`;
  const within = [...byLetter].map(([letter, rests]) => escaped(letter) + outside(rests));
  return `(?:${[others, ...within].join('|')})${isWhole ? '' : '?'}`;
}

function escaped(text: string): string {
  return text.replaceAll(/[.-]/g, '\\$&');
}
