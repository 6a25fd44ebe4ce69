import { version } from '../../../version.ts';
import { findingRecord, outcomeRecord } from '../records.ts';
import type { RunReport } from './run-report.ts';

/**
 * Yields a report as indented JSON, an image at a time: as one text, the report of a large mirror
 * would take more memory than the run.
 */
export function* formatJsonReport(report: RunReport): Generator<string> {
  const { rules, started, ended, exitCode, summary, outcomes, findings, unlisted } = report;
  const head = { version: 1, detour: version, rules, started, ended, exitCode, summary };
  yield JSON.stringify(head, undefined, 2).replace(/\n\}$/, '');
  yield* formatList('images', outcomes, outcomeRecord);
  yield* formatList('findings', findings, findingRecord);
  if (unlisted !== undefined) {
    yield* formatList('unlisted', unlisted.repositories, (one) => one);
    yield* formatList('unseen', unlisted.unseen, (message) => ({ message }));
  }
  yield '\n}\n';
}

function* formatList<Item>(
  key: string,
  items: readonly Item[],
  recordOf: (item: Item) => object,
): Generator<string> {
  yield `,\n  "${key}": [`;
  let separator = '\n    ';
  for (const item of items) {
    yield separator + JSON.stringify(recordOf(item), undefined, 2).replaceAll('\n', '\n    ');
    separator = ',\n    ';
  }
  yield items.length === 0 ? ']' : '\n  ]';
}
