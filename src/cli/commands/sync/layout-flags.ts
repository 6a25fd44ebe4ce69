import { parseSize } from '../../../rules/size.ts';
import { UsageError } from '../../terminal.ts';

/** LayoutFlags are the options of `detour sync` about images in files. */
export interface LayoutFlags {
  readonly to?: string;
  readonly from?: string;
  readonly maxArchiveSize?: string;
  readonly since?: readonly string[];
}

/** Rejects options about layouts that contradict each other. */
export function requireFitOfLayout({
  to,
  from,
  since,
  unlisted,
  maxArchiveSize,
}: LayoutFlags & { readonly unlisted?: boolean }): void {
  if (to !== undefined && from !== undefined)
    throw new UsageError(
      '--to writes images into files, and --from copies them from files to the mirror: use one of them',
    );
  if ((to ?? from) !== undefined && unlisted)
    throw new UsageError(
      '--unlisted compares the mirror with your lists: run it without --to and --from',
    );
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
export function readPartSize({ maxArchiveSize }: LayoutFlags): number | undefined {
  if (maxArchiveSize === undefined) return undefined;
  const size = parseSize(maxArchiveSize);
  if (size !== undefined && size >= leastPart) return size;
  throw new UsageError(
    `--max-archive-size takes a size of 1MiB or more, such as 4GiB, not "${maxArchiveSize}"`,
  );
}
