import { ArchiveFiles } from '../../../layout/archive.ts';
import { EarlierArchives } from '../../../layout/earlier-archives.ts';
import { FolderFiles } from '../../../layout/folder.ts';
import { Layout } from '../../../layout/layout.ts';
import { type LayoutAddress, parseLayoutAddress } from '../../../layout/layout-address.ts';
import { LayoutError, type LayoutFiles } from '../../../layout/layout-files.ts';
import { ByteRate } from '../../../registry/request/byte-rate.ts';
import { UsageError } from '../../terminal.ts';
import { readPartSize } from './layout-flags.ts';
import type { SyncOptions } from './options.ts';

/**
 * Opens a layout to read it, at most `rate` bytes per second.
 *
 * @throws UsageError if it cannot be used
 */
export async function openToRead(
  option: string,
  written: string,
  rate?: number | undefined,
): Promise<Layout> {
  const address = readAddress(option, written);
  const { registry } = address;
  return await usable(option, async () =>
    Layout.open(await readFiles(address), {
      registry,
      rate: rate === undefined ? undefined : new ByteRate(rate),
      isMirror: false,
    }),
  );
}

/**
 * Opens the layout of `--to` to write it, or to look at it only.
 *
 * @throws UsageError if it cannot be used
 */
export async function openToWrite(to: string, options: SyncOptions): Promise<Layout> {
  const address = readAddress('--to', to);
  const { registry } = address;
  const partSize = readPartSize(options);
  const isOnlyLooked = options.plan === true || options.check === true;
  const earlier = await openEarlier(options);
  return await usable('--to', async () => {
    const files = isOnlyLooked ? await lookAtFiles(address) : await writeFiles(address, partSize);
    try {
      return await Layout.open(files, { registry, isMirror: true, earlier });
    } catch (error) {
      await files.close();
      throw error;
    }
  });
}

async function openEarlier({
  since,
  recheckReferrers,
}: SyncOptions): Promise<EarlierArchives | undefined> {
  if (since === undefined) return undefined;
  const layouts: Layout[] = [];
  for (const one of since) layouts.push(await openToRead('--since', one));
  return new EarlierArchives(layouts, recheckReferrers !== true);
}

function readAddress(option: string, written: string): LayoutAddress {
  const address = parseLayoutAddress(written);
  if (address !== undefined) return address;
  throw new UsageError(`${option} takes oci:DIR or oci-archive:FILE.tar, not "${written}"`);
}

/** Turns mistakes of files into those of an option. */
async function usable<Result>(option: string, open: () => Promise<Result>): Promise<Result> {
  try {
    return await open();
  } catch (error) {
    const { syscall } = error as NodeJS.ErrnoException;
    if (!(error instanceof LayoutError) && syscall === undefined) throw error;
    throw new UsageError(`${option}: ${(error as Error).message}`);
  }
}

function readFiles({ kind, path }: LayoutAddress): Promise<LayoutFiles> {
  return kind === 'folder' ? FolderFiles.read(path) : ArchiveFiles.read(path);
}

async function lookAtFiles({ kind, path }: LayoutAddress): Promise<LayoutFiles> {
  return kind === 'folder' ? FolderFiles.look(path) : await ArchiveFiles.look(path);
}

function writeFiles(
  { kind, path }: LayoutAddress,
  partSize: number | undefined,
): Promise<LayoutFiles> {
  return kind === 'folder' ? FolderFiles.write(path) : ArchiveFiles.write(path, partSize);
}
