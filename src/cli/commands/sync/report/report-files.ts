import { formatFailed } from '../failed-list.ts';
import type { SyncOptions } from '../options.ts';
import { type FileContent, requireWritable } from '../saved-file.ts';
import { formatHtmlReport, readReportPage } from './html-report.ts';
import { formatJsonReport } from './json-report.ts';
import type { RunReport } from './run-report.ts';

/** ReportFile is a file of `--failed` or `--report`. */
export interface ReportFile {
  readonly file: string;
  /** Returns what is to be in the file. */
  content(report: RunReport): FileContent;
}

/**
 * Prepares the list of `--failed`, and the files of `--report`: a page if the name ends in `.html`
 * or `.htm`, else JSON.
 *
 * @throws UsageError if a file cannot be written, or the page cannot be read
 */
export async function prepareReports({
  failed,
  report: files = [],
}: SyncOptions): Promise<readonly ReportFile[]> {
  await requireWritable('--failed', failed);
  for (const file of files) await requireWritable('--report', file);
  const page = files.some(isPage) ? await readReportPage() : '';
  const reports = files.map(
    (file): ReportFile => ({
      file,
      content: (report) => () =>
        isPage(file) ? formatHtmlReport(page, report) : formatJsonReport(report),
    }),
  );
  return failed === undefined ? reports : [{ file: failed, content: formatFailed }, ...reports];
}

function isPage(file: string): boolean {
  return /\.html?$/i.test(file);
}
