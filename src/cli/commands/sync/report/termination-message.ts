import { isThere } from '../../../../mirror/outcome.ts';
import type { Shard } from '../../../../mirror/shard.ts';
import { version } from '../../../version.ts';
import { saveFile } from '../saved-file.ts';
import { isLack } from '../summary.ts';
import type { RunReport } from './run-report.ts';

/** The most that Kubernetes keeps of a container's termination message, in bytes. */
const maxMessage = 4_096;
/** The most characters of a reason. */
const maxReason = 300;

/** Failure is a listed image that the mirror lacks, and why. */
export interface Failure {
  readonly image: string;
  readonly message: string;
}

/**
 * Formats what became of a run as the message that a container leaves when it ends: the counts, and
 * as many failures as fit.
 */
export function formatTerminationMessage(report: RunReport, shard: Shard): string {
  const { exitCode, summary } = report;
  return fitting({ ...headOf(shard, exitCode), summary }, failuresOf(report));
}

interface Ending {
  readonly error: Error;
  readonly shard: Shard;
  readonly exitCode: number;
}

/**
 * Writes the message of a run that ended with an error, if there is a file for it. If that fails,
 * the error is in the log all the same.
 */
export async function leaveError(file: string | undefined, ending: Ending): Promise<void> {
  if (file === undefined) return;
  const { error, shard, exitCode } = ending;
  const text = fitting({ ...headOf(shard, exitCode), error: shorten(error.message) }, []);
  await saveFile(file, text).catch(() => undefined);
}

function headOf({ index, count }: Shard, exitCode: number): object {
  return { detour: version, shard: `${index}/${count}`, exitCode };
}

function fitting(head: object, failures: Iterable<Failure>): string {
  const end = '],"more":true}';
  let text = `${JSON.stringify(head).slice(0, -1)},"failures":[`;
  let size = Buffer.byteLength(text);
  let separator = '';
  for (const failure of failures) {
    const next = separator + JSON.stringify(failure);
    size += Buffer.byteLength(next);
    if (size + end.length > maxMessage) return text + end;
    text += next;
    separator = ',';
  }
  return `${text}]}`;
}

function* failuresOf({ outcomes, findings }: RunReport): Generator<Failure, void> {
  for (const outcome of outcomes) {
    if (isThere(outcome)) continue;
    const image = outcome.planned.listed[0]?.image ?? '';
    yield { image, message: shorten(outcome.message ?? outcome.status) };
  }
  for (const finding of findings)
    if (isLack(finding)) yield { image: finding.image, message: shorten(finding.message) };
}

function shorten(text: string): string {
  return text.length <= maxReason ? text : `${text.slice(0, maxReason - 1)}…`;
}
