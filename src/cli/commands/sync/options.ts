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

function requireFitOfLayout({ to, from, unlisted }: SyncOptions): void {
  if (to !== undefined && from !== undefined)
    throw new UsageError(
      '--to writes images into files, and --from copies them from files to the mirror: use one of them',
    );
  if (to !== undefined && unlisted)
    throw new UsageError('--unlisted looks at the mirror, and --to at files: leave out --unlisted');
}

/** Parses `--max-rate` to bytes per second. */
export function readRate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rate = parseSize(text.replace(/\/s$/, ''));
  if (rate !== undefined) return rate;
  throw new UsageError(`--max-rate takes bytes per second such as 500KiB or 10MiB, not "${text}"`);
}
