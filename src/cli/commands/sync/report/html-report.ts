import { readFile } from 'node:fs/promises';
import { packageRoot } from '../../../package-root.ts';
import { UsageError } from '../../../terminal.ts';
import { formatPageData } from './page-data.ts';
import type { RunReport } from './run-report.ts';
import { formatStaticSummary } from './static-summary.ts';

/**
 * Reads the page that scripts/build-report.js builds: everything but the data. A run that takes hours
 * should not end without it, so it is read before.
 *
 * @throws UsageError if it cannot be read
 */
export async function readReportPage(): Promise<string> {
  try {
    return await readFile(new URL('dist/report/page.html', packageRoot), 'utf8');
  } catch (error) {
    throw new UsageError(`the page of --report cannot be read: ${(error as Error).message}`);
  }
}

/** Yields a report as one HTML page that works from a disk and asks nobody for anything. */
export function* formatHtmlReport(page: string, report: RunReport): Generator<string> {
  const [before, between, after] = page.split(/\{\{(?:summary|data)\}\}/);
  yield `${before}`;
  yield* formatStaticSummary(report);
  yield `${between}`;
  yield* formatPageData(report);
  yield `${after}`;
}
