import { formatFailed } from '../failed-list.ts';
import type { SyncOptions } from '../options.ts';
import { type FileContent, requireWritable } from '../saved-file.ts';
import { readShard } from '../shard-option.ts';
import { formatHtmlReport, readReportPage } from './html-report.ts';
import { formatJsonReport } from './json-report.ts';
import type { RunReport } from './run-report.ts';
import { formatTerminationMessage } from './termination-message.ts';

/** ReportFile is a file of `--failed`, `--report` or `--termination-message`. */
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
  terminationMessage: message,
  shard: part,
}: SyncOptions): Promise<readonly ReportFile[]> {
  await requireWritable('--failed', failed);
  for (const file of files) await requireWritable('--report', file);
  await requireWritable('--termination-message', message);
  const page = files.some(isPage) ? await readReportPage() : '';
  const reports = files.map(
    (file): ReportFile => ({
      file,
      content: (report) => () =>
        isPage(file) ? formatHtmlReport(page, report) : formatJsonReport(report),
    }),
  );
  const shard = readShard(part);
  return [
    ...(failed === undefined ? [] : [{ file: failed, content: formatFailed }]),
    ...reports,
    ...(message === undefined
      ? []
      : [
          {
            file: message,
            content: (report: RunReport) => formatTerminationMessage(report, shard),
          },
        ]),
  ];
}

function isPage(file: string): boolean {
  return /\.html?$/i.test(file);
}
