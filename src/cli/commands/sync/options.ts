import { resolve } from 'node:path';
import { parseSize } from '../../../rules/size.ts';
import { UsageError } from '../../terminal.ts';

/** SyncOptions are the options of `detour sync`. */
export interface SyncOptions {
  readonly rules?: string;
  readonly list?: readonly string[];
  readonly plan?: boolean;
  readonly check?: boolean;
  readonly json?: boolean;
  readonly failed?: string;
  readonly report?: readonly string[];
  readonly metrics?: string;
  readonly pushGateway?: string;
  readonly recheckReferrers?: boolean;
  readonly unlisted?: boolean;
  readonly maxRate?: string;
  readonly to?: string;
  readonly from?: string;
  readonly maxArchiveSize?: string;
  readonly since?: readonly string[];
}

/** Rejects options that contradict each other. */
export function requireFit(options: SyncOptions): void {
  const { plan, check, failed, report, recheckReferrers, maxRate } = options;
  const { metrics, pushGateway } = options;
  requireFitOfLayout(options);
  if (plan && check)
    throw new UsageError('--plan shows what --check counts as missing: use one of them');
  const files = [...(report ?? []), ...[failed, metrics].filter((file) => file !== undefined)];
  if (new Set(files.map((file) => resolve(file))).size < files.length)
    throw new UsageError(
      '--failed, --report and --metrics write a file each: give each its own name',
    );
  const only = plan ? '--plan' : '--check';
  if (!plan && !check) return;
  if (failed !== undefined || report !== undefined)
    throw new UsageError(`${only} copies nothing: leave out --failed and --report`);
  if (metrics !== undefined || pushGateway !== undefined)
    throw new UsageError(`${only} copies nothing: leave out --metrics and --push-gateway`);
  if (recheckReferrers)
    throw new UsageError(`${only} copies nothing: leave out --recheck-referrers`);
  if (maxRate !== undefined) throw new UsageError(`${only} copies nothing: leave out --max-rate`);
}

function requireFitOfLayout({ to, from, since, unlisted, maxArchiveSize }: SyncOptions): void {
  if (to !== undefined && from !== undefined)
    throw new UsageError(
      '--to writes images into files, and --from copies them from files to the mirror: use one of them',
    );
  if (to !== undefined && unlisted)
    throw new UsageError('--unlisted looks at the mirror, and --to at files: leave out --unlisted');
  if (since !== undefined && to === undefined)
    throw new UsageError('--since leaves out what an earlier export has: add --to');
  if (to !== undefined && since?.some((one) => one === to))
    throw new UsageError(`--since: ${to} is what is written: name an earlier one`);
  if (maxArchiveSize !== undefined && !to?.startsWith('oci-archive:'))
    throw new UsageError('--max-archive-size splits an archive: add --to oci-archive:FILE.tar');
}

/** The smallest part of an archive, in bytes. */
const leastPart = 2 ** 20;

/** Parses `--max-archive-size` to bytes. */
export function readPartSize({ maxArchiveSize }: SyncOptions): number | undefined {
  if (maxArchiveSize === undefined) return undefined;
  const size = parseSize(maxArchiveSize);
  if (size !== undefined && size >= leastPart) return size;
  throw new UsageError(
    `--max-archive-size takes a size of 1MiB or more, such as 4GiB, not "${maxArchiveSize}"`,
  );
}

/** Parses `--max-rate` to bytes per second. */
export function readRate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rate = parseSize(text.replace(/\/s$/, ''));
  if (rate !== undefined) return rate;
  throw new UsageError(`--max-rate takes bytes per second such as 500KiB or 10MiB, not "${text}"`);
}
