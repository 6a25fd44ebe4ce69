import { resolve } from 'node:path';
import { parseSize } from '../../../rules/size.ts';
import { UsageError } from '../../terminal.ts';
import { type JobFlags, requireNoJobOptions } from './job/job-flags.ts';
import { type LayoutFlags, requireFitOfLayout } from './layout-flags.ts';

/** SyncOptions are the options of `detour sync`. */
export interface SyncOptions extends JobFlags, LayoutFlags {
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
  readonly shard?: string;
  readonly terminationMessage?: string;
}

/** Rejects options that contradict each other. */
export function requireFit(options: SyncOptions): void {
  requireNoJobOptions(options);
  const { plan, check, failed, report, recheckReferrers, maxRate } = options;
  const { metrics, pushGateway, shard, unlisted } = options;
  requireFitOfLayout(options);
  if (plan && check)
    throw new UsageError('--plan shows what --check counts as missing: use one of them');
  const files = [...(report ?? []), ...[failed, metrics].filter((file) => file !== undefined)];
  if (new Set(files.map((file) => resolve(file))).size < files.length)
    throw new UsageError(
      '--failed, --report and --metrics write a file each: give each its own name',
    );
  if (shard !== undefined && unlisted)
    throw new UsageError('--unlisted looks at the whole mirror: run it without --shard');
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

/** Parses `--max-rate` to bytes per second. */
export function readRate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rate = parseSize(text.replace(/\/s$/, ''));
  if (rate !== undefined) return rate;
  throw new UsageError(`--max-rate takes bytes per second such as 500KiB or 10MiB, not "${text}"`);
}
