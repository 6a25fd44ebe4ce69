import { admitsNamespace } from './glob.ts';
import type { NamespaceFilter } from './schema.ts';

/** IsNowhere reports whether no namespace passes a rule's filter and that of its file. */
export type IsNowhere = (filter: NamespaceFilter | undefined) => boolean;

/** Comparisons of a name with a pattern, for all rules of a file. */
const maxComparisons = 1_000_000;

/**
 * Returns the check for rules of a file with the filter `ofFile`. Globs cannot be compared in
 * general; names, and globs that no name matches, can. Past a number of comparisons it finds
 * nothing more: in a file made for it every name of every rule would have to be compared with every
 * other.
 */
export function nowhere(ofFile: NamespaceFilter | undefined): IsNowhere {
  const search = new Search();
  const file = search.prepare(ofFile);
  const isFileNowhere = search.passesNone([file]);
  return (filter) =>
    isFileNowhere || (filter !== undefined && search.passesNone([search.prepare(filter), file]));
}

interface Prepared {
  readonly filter: NamespaceFilter | undefined;
  readonly excludesAll: boolean;
  /** Those of its include that a namespace could match. */
  readonly possible: readonly string[] | undefined;
  readonly size: number;
}

class Search {
  #comparisons = maxComparisons;

  prepare(filter: NamespaceFilter | undefined): Prepared {
    const { include, exclude = [] } = filter ?? {};
    return {
      filter,
      excludesAll: exclude.includes('*'),
      possible: include?.filter((glob) => /^[a-z0-9*?-]{1,63}$/.test(glob)),
      size: exclude.length + (include?.length ?? 0),
    };
  }

  passesNone(filters: readonly Prepared[]): boolean {
    if (filters.some(({ excludesAll }) => excludesAll)) return true;
    return filters.some(({ possible }) => possible?.every((glob) => !this.#mayPass(glob, filters)));
  }

  #mayPass(glob: string, filters: readonly Prepared[]): boolean {
    if (/[*?]/.test(glob)) return true;
    for (const { size } of filters) this.#comparisons -= size;
    if (this.#comparisons < 0) return true;
    return filters.every(({ filter }) => admitsNamespace(filter, glob));
  }
}
