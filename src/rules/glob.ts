import type { NamespaceFilter } from './schema.ts';

/** Whether `text` matches `glob`, in which `*` stands for any characters and `?` for one. At worst the product of both lengths. */
export function matchesGlob(glob: string, text: string): boolean {
  let at = 0;
  let globAt = 0;
  let star = -1;
  let starMatched = 0;
  while (at < text.length) {
    if (glob[globAt] === '*') {
      star = globAt++;
      starMatched = at;
    } else if (globAt < glob.length && (glob[globAt] === '?' || glob[globAt] === text[at])) {
      globAt++;
      at++;
    } else if (star !== -1) {
      // What the last star took was too little: let it take one more.
      globAt = star + 1;
      at = ++starMatched;
    } else {
      return false;
    }
  }
  while (glob[globAt] === '*') globAt++;
  return globAt === glob.length;
}

export function matchesAnyGlob(globs: readonly string[], text: string): boolean {
  return globs.some((glob) => matchesGlob(glob, text));
}

/** Whether `filter` lets `namespace` through; exclude is stronger than include. One that is not known is let through. */
export function admitsNamespace(
  filter: NamespaceFilter | undefined,
  namespace: string | undefined,
): boolean {
  if (filter === undefined || namespace === undefined) return true;
  if (filter.include !== undefined && !matchesAnyGlob(filter.include, namespace)) return false;
  return filter.exclude === undefined || !matchesAnyGlob(filter.exclude, namespace);
}
