/*
 * k3s rewrites repositories by regular expressions (RE2) that it tries in no order, so no two of them may match one
 * repository; RE2 has no look-ahead, so what is left out must be spelt.
 */

/** A repository, and what lies below it, with where it goes in the mirror's registry; both without slashes at their ends. */
interface Rewrite {
  readonly from: string;
  readonly to: string;
}

/** What is below `from` but below none of the deeper ones; empty `from` is everything. */
export function rewritesOf(rewrites: readonly Rewrite[]): Record<string, string> {
  const froms = rewrites.map(({ from }) => from);
  return Object.fromEntries(
    rewrites.map(({ from, to }) => {
      const deeper = froms.filter((each) => each !== from && isBelow(each, from));
      const rest = outside(
        deeper.map((each) => (from === '' ? each : each.slice(from.length + 1))),
      );
      if (from === '') return [`^(${rest})$`, to === '' ? '$1' : `${to}/$1`];
      // Nothing can be left of a name, so what goes to the top of the mirror must have something below `from`.
      return to === ''
        ? [`^${escaped(from)}/(${rest})$`, '$1']
        : [`^${escaped(from)}(/${rest})?$`, `${to}$1`];
    }),
  );
}

function isBelow(path: string, above: string): boolean {
  return above === '' || path.startsWith(`${above}/`);
}

/** An expression for all that is neither one of `paths` nor below one, letter by letter. */
function outside(paths: readonly string[]): string {
  if (paths.length === 0) return '.*';
  const isWhole = paths.includes('');
  const byLetter = new Map<string, string[]>();
  for (const path of paths) {
    const [letter = ''] = path;
    if (letter === '' || (isWhole && letter === '/')) continue;
    byLetter.set(letter, [...(byLetter.get(letter) ?? []), path.slice(1)]);
  }
  const letters = [...byLetter.keys(), ...(isWhole ? ['/'] : [])];
  const others = `[^${letters.map(escaped).join('')}].*`;
  const within = [...byLetter].map(([letter, rests]) => escaped(letter) + outside(rests));
  return `(?:${[others, ...within].join('|')})${isWhole ? '' : '?'}`;
}

function escaped(text: string): string {
  return text.replaceAll(/[.-]/g, '\\$&');
}
