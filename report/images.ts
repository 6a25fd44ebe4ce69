import type { PageData, PageRow, PageState } from '../src/cli/commands/sync/report/page-data.ts';

/** Image is a row of the report with its whole names. */
export interface Image {
  readonly state: PageState;
  readonly origin: string;
  readonly destination: string;
  readonly digest: string;
  /** In bytes. */
  readonly uploaded: number;
  readonly mounted: number;
  readonly milliseconds: number;
  readonly message: string;
  readonly place: string;
  readonly warnings: readonly string[];
}

/** SortKey is a column by which images are sorted. */
export type SortKey = 'state' | 'name' | 'uploaded' | 'mounted' | 'milliseconds';

/** Selection says which images are shown, in which order. */
export interface Selection {
  /** Undefined for all. */
  readonly state: PageState | undefined;
  /** Words that an image must have, all of them. */
  readonly search: string;
  readonly key: SortKey;
  readonly isDescending: boolean;
}

/** The states, the most urgent first. */
export const states: readonly PageState[] = [
  'failed',
  'deferred',
  'interrupted',
  'finding',
  'copied',
  'present',
  'never',
];

/** Images holds the rows of a report as they are in the file: as objects they would take longer. */
export class Images {
  readonly #rows: readonly PageRow[];
  readonly #pairs: PageData['pairs'];
  /** What is searched, by row; made when somebody searches. */
  #texts: readonly string[] | undefined;

  constructor({ rows, pairs }: PageData) {
    this.#rows = rows;
    this.#pairs = pairs;
  }

  /** Returns how many images have each state. */
  count(): ReadonlyMap<PageState, number> {
    const counts = new Map<PageState, number>();
    for (const [state] of this.#rows) counts.set(state, (counts.get(state) ?? 0) + 1);
    return counts;
  }

  get length(): number {
    return this.#rows.length;
  }

  /** Returns the numbers of the images that a selection shows, in its order. */
  select({ state, search, key, isDescending }: Selection): readonly number[] {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length > 0) this.#texts ??= this.#rows.map((row) => this.#textOf(row));
    const found: number[] = [];
    for (const [number, row] of this.#rows.entries()) {
      if (state !== undefined && row[0] !== state) continue;
      const text = this.#texts?.[number] ?? '';
      if (words.every((word) => text.includes(word))) found.push(number);
    }
    const keys = new Map(found.map((number) => [number, this.#keyOf(number, key)]));
    const sign = isDescending ? -1 : 1;
    // Equal images keep the order of the lists.
    return found.sort((a, b) => sign * compare(keys.get(a), keys.get(b)) || a - b);
  }

  at(number: number): Image {
    const row = this.#rows[number] as PageRow;
    const [state, , , , digest, uploaded, mounted, milliseconds, message, place, ...warnings] = row;
    const [origin, destination] = this.#namesOf(row);
    const numbers = { uploaded, mounted, milliseconds };
    return { state, origin, destination, digest, ...numbers, message, place, warnings };
  }

  #namesOf([, pair, from, to]: PageRow): readonly [origin: string, destination: string] {
    const [origin = '', destination = ''] = this.#pairs[pair] ?? [];
    return [origin + from, destination && destination + (to || from)];
  }

  #textOf(row: PageRow): string {
    return `${this.#namesOf(row).join(' ')} ${row[4]} ${row.slice(8).join(' ')}`.toLowerCase();
  }

  #keyOf(number: number, key: SortKey): number | string {
    const row = this.#rows[number] as PageRow;
    switch (key) {
      case 'state':
        return states.indexOf(row[0]);
      case 'name':
        return this.#namesOf(row).join(' ');
      case 'uploaded':
        return row[5];
      case 'mounted':
        return row[6];
      case 'milliseconds':
        return row[7];
    }
  }
}

function compare(a: number | string | undefined, b: number | string | undefined): number {
  if (a === b || a === undefined || b === undefined) return 0;
  return a < b ? -1 : 1;
}
