import type { Unlisted } from '../../../../mirror/find-unlisted.ts';
import type { Finding } from '../../../../mirror/finding.ts';
import { formatRepository, type Located } from '../../../../mirror/located.ts';
import { isThere, type Outcome } from '../../../../mirror/outcome.ts';
import { formatTagAndDigest } from '../../../../reference/reference.ts';
import { version } from '../../../version.ts';
import { isLack, type Summary } from '../summary.ts';
import type { RunReport } from './run-report.ts';

/** PageState is what a row of the page is about. */
export type PageState =
  | Outcome['status']
  | 'finding' // listed, without a place in the mirror
  | 'never'; // listed, and left out on purpose

/**
 * PageRow is an image on the page. Its names are parts of the pair of repositories at `pair`: with
 * whole names, the page of a large mirror would be twice as large.
 */
export type PageRow = readonly [
  state: PageState,
  pair: number,
  /** What follows the repository: `:tag`, `@digest` or both. */
  origin: string,
  /** The same at the mirror; empty if it is equal. */
  destination: string,
  /** The digest that the mirror has; empty if it is not known. */
  digest: string,
  /** In bytes. */
  uploaded: number,
  mounted: number,
  milliseconds: number,
  /** For what is not there: what is wrong and what to do, and where the image is listed. */
  message: string,
  place: string,
  ...warnings: readonly string[],
];

/** PageData is what the page of a report reads. */
export interface PageData {
  readonly detour: string;
  readonly rules: string;
  /** As ISO 8601. */
  readonly started: string;
  readonly ended: string;
  readonly exitCode: number;
  /** Missing if the run filled the mirror. */
  readonly isExport?: true;
  readonly summary: Summary;
  readonly rows: readonly PageRow[];
  /** Repositories of origins with those of the mirror; either is empty if there is none. */
  readonly pairs: readonly (readonly [origin: string, destination: string])[];
  /** What the mirror holds that no list names, if that was asked for. */
  readonly unlisted?: Unlisted;
}

/** Yields the data of the page as JSON in which nothing ends an element of HTML. */
export function* formatPageData(report: RunReport): Generator<string> {
  const { rules, started, ended, exitCode, summary, outcomes, findings, unlisted } = report;
  const isExport = report.isExport || undefined;
  const head = { detour: version, rules, started, ended, exitCode, isExport, summary };
  const pairs = new Pairs();
  yield `${toScriptJson(head).slice(0, -1)},"rows":[`;
  let separator = '\n';
  for (const outcome of outcomes) {
    yield separator + toScriptJson(outcomeRow(outcome, pairs));
    separator = ',\n';
  }
  for (const finding of findings) {
    yield separator + toScriptJson(findingRow(finding, pairs));
    separator = ',\n';
  }
  yield `],\n"pairs":${toScriptJson(pairs.all())}`;
  if (unlisted !== undefined) yield `,\n"unlisted":${toScriptJson(unlisted)}`;
  yield '}';
}

/** Pairs numbers pairs of repositories. */
class Pairs {
  readonly #numbers = new Map<string, number>();
  readonly #pairs: (readonly [string, string])[] = [];

  numberOf(origin: string, destination: string): number {
    const key = `${origin} ${destination}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.#pairs.length);
    return this.#pairs.push([origin, destination]) - 1;
  }

  all(): readonly (readonly [string, string])[] {
    return this.#pairs;
  }
}

function outcomeRow(outcome: Outcome, pairs: Pairs): PageRow {
  const { planned, status, digest = '', uploaded, mounted, milliseconds } = outcome;
  const { destination, listed } = planned;
  const [origin] = planned.origins;
  const from = origin === undefined ? '' : formatTagAndDigest(origin);
  const to = formatTagAndDigest(destination);
  return [
    status,
    pairs.numberOf(repositoryOf(origin), repositoryOf(destination)),
    from,
    to === from ? '' : to,
    digest,
    uploaded,
    mounted,
    milliseconds,
    outcome.message ?? '',
    isThere(outcome) ? '' : (listed[0]?.place ?? ''),
    ...outcome.warnings,
  ];
}

function findingRow(finding: Finding, pairs: Pairs): PageRow {
  const { code, image, place, message } = finding;
  const state = isLack(finding) ? 'finding' : 'never';
  const pair = pairs.numberOf('', '');
  return [state, pair, image, '', '', 0, 0, 0, `${code}: ${message}`, place];
}

function repositoryOf(located: Located | undefined): string {
  return located === undefined ? '' : formatRepository(located.repository);
}

/** Formats JSON for a script element: `<` could begin its end, or a comment. */
function toScriptJson(value: object): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
