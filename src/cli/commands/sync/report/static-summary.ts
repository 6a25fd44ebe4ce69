import { formatLocated } from '../../../../mirror/located.ts';
import { isThere, type Outcome } from '../../../../mirror/outcome.ts';
import { formatNames } from '../../../counted.ts';
import { isLack } from '../summary.ts';
import { summaryLine } from '../text.ts';
import { unlistedTotal } from '../unlisted-lines.ts';
import type { RunReport } from './run-report.ts';

/** The most rows, because a browser without scripts has to show all of them at once. */
const mostRows = 1_000;

/** Yields what a browser without JavaScript shows: the summary, and what is not there. */
export function* formatStaticSummary(report: RunReport): Generator<string> {
  const { outcomes, findings, summary, started, rules, unlisted } = report;
  yield `<h1>detour sync</h1>\n<p>${escapeHtml(summaryLine(summary))}</p>\n`;
  yield `<p>${started.toISOString()} · ${escapeHtml(rules)}</p>\n`;
  const failures = [
    ...outcomes.filter((outcome) => !isThere(outcome)).map(failureOf),
    ...findings.filter(isLack).map(({ image, message }) => ['finding', image, message]),
  ];
  const missing = report.isExport ? 'Not exported' : 'Not at the mirror';
  yield* formatTable(missing, ['State', 'Image', 'Reason'], failures);
  if (unlisted === undefined) return;
  yield `<p>${escapeHtml(unlistedTotal(unlisted))}</p>\n`;
  for (const message of unlisted.unseen.slice(0, mostRows)) yield `<p>${escapeHtml(message)}</p>\n`;
  const held = unlisted.repositories.map(({ repository, tags }) => [repository, formatNames(tags)]);
  yield* formatTable('At the mirror, and in no list', ['Repository', 'Tags'], held);
}

function* formatTable(
  caption: string,
  headers: readonly string[],
  rows: readonly (readonly string[])[],
): Generator<string> {
  if (rows.length === 0) return;
  yield `<table><caption>${caption}</caption>\n`;
  yield `<tr>${headers.map((name) => `<th scope="col">${name}</th>`).join('')}</tr>\n`;
  for (const cells of rows.slice(0, mostRows))
    yield `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>\n`;
  yield '</table>\n';
  if (rows.length > mostRows)
    yield `<p>And ${rows.length - mostRows} more: allow JavaScript, or see --report FILE.json.</p>\n`;
}

function failureOf({ status, planned, message = '' }: Outcome): readonly string[] {
  return [status, formatLocated(planned.destination), message];
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
