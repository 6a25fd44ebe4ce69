import type { Budget } from './budget.ts';
import type { NamespaceFilter } from './schema.ts';

/**
 * Reports whether `text` matches `glob`, in which `*` stands for any characters and `?` for one. It
 * may take the product of both lengths in steps; it takes them from the budget, and reports false
 * when that is spent.
 */
export function matchesGlob(glob: string, text: string, budget?: Budget): boolean {
  let steps = budget?.left ?? Number.POSITIVE_INFINITY;
  let at = 0;
  let globAt = 0;
  let star = -1;
  let starMatched = 0;
  while (at < text.length && steps >= 0) {
    steps--;
    if (glob[globAt] === '*') {
      star = globAt++;
      starMatched = at;
    } else if (globAt < glob.length && (glob[globAt] === '?' || glob[globAt] === text[at])) {
      at += widthOf(glob[globAt], text, at);
      globAt++;
    } else if (star !== -1) {
      // What the last star took was too little: let it take one more.
      globAt = star + 1;
      at = ++starMatched;
    } else {
      break;
    }
  }
  if (budget !== undefined) budget.left = steps;
  while (glob[globAt] === '*') globAt++;
  return at === text.length && globAt === glob.length;
}

/**
 * Returns how many UTF-16 code units of `text` a character of a glob takes: `?` takes a whole
 * character, which beyond U+FFFF has 2.
 */
function widthOf(character: string | undefined, text: string, at: number): number {
  return character === '?' && (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

/** Globs is a glob, or a list of which one match is enough. */
export type Globs = string | readonly string[];

/** Reports whether `text` matches one of the globs; false when the budget is spent. */
export function matchesAnyGlob(globs: Globs, text: string, budget?: Budget): boolean {
  if (typeof globs === 'string') return matchesGlob(globs, text, budget);
  for (const glob of globs) {
    if (budget?.isSpent) return false;
    if (matchesGlob(glob, text, budget)) return true;
  }
  return false;
}

/**
 * Reports whether `filter` admits `namespace`; exclude is stronger than include. An unknown
 * namespace is admitted.
 */
export function admitsNamespace(
  filter: NamespaceFilter | undefined,
  namespace: string | undefined,
  budget?: Budget,
): boolean {
  if (filter === undefined || namespace === undefined) return true;
  budget?.lookUp(0);
  const known = budget?.admitted.get(filter);
  if (known !== undefined) return known;
  const matches = (globs: readonly string[]) => matchesAnyGlob(globs, namespace, budget);
  const { include, exclude } = filter;
  const admits =
    (include === undefined || matches(include)) && (exclude === undefined || !matches(exclude));
  budget?.admitted.set(filter, admits);
  return admits;
}
