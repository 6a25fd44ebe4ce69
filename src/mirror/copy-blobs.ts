import type { Descriptor } from '../registry/descriptor.ts';
import { type Claim, type Claims, isSameRepository } from './blob-claims.ts';
import { forEachAtOnce } from './concurrency.ts';
import type { Copying, Way } from './copying.ts';

/** The most blobs of one image that are copied at the same time. */
const blobsAtOnce = 6;
/**
 * From this size on, in bytes, a question is cheaper than the chance that the blob is there: an
 * earlier run that was stopped may have left it in a repository without tags.
 */
const worthAsking = 16 * 1024 * 1024;

/** Moved counts the bytes of blobs by the way that they came to the mirror. */
export interface Moved {
  readonly uploaded: number;
  readonly mounted: number;
  /** The part of `uploaded` that the registry had in another repository and did not mount. */
  readonly unmounted: number;
}

/**
 * Copies the blobs of an image. What other images bring is mounted from their repositories once it
 * is there; what this image brings comes first, as others may wait for it.
 */
export async function copyBlobs(
  blobs: readonly Descriptor[],
  claims: Claims,
  way: Way,
  copying: Copying,
): Promise<Moved> {
  const moved = { uploaded: 0, mounted: 0, unmounted: 0 };
  const mine = blobs.filter(({ digest }) => claims.leaderOf(digest) === undefined);
  const others = blobs.filter(({ digest }) => claims.leaderOf(digest) !== undefined);
  const known = await knownBlobs(mine, way, copying);
  await forEachAtOnce([...mine, ...others], blobsAtOnce, async (blob) => {
    const leader = claims.leaderOf(blob.digest);
    const isBrought = await leader?.isThere;
    const kind = await copying.blobSlots.use(() =>
      copyBlob(blob, isBrought ? leader : undefined, { ...way, known }, copying),
    );
    moved[kind === 'uploaded' ? 'uploaded' : 'mounted'] += blob.size;
    if (isBrought && kind === 'uploaded') moved.unmounted += blob.size;
    const { planned } = way;
    copying.emit({
      type: 'blob',
      planned,
      digest: blob.digest,
      bytes: blob.size,
      way: kind,
    });
  });
  return moved;
}

/** Returns the blobs that are there, if the registry says so for all of them at once. */
async function knownBlobs(
  blobs: readonly Descriptor[],
  { to, state }: Way,
  { repositories }: Copying,
): Promise<ReadonlySet<string> | undefined> {
  if (state === 'created') return new Set();
  const digests = blobs.map(({ digest }) => digest);
  return await repositories.presentBlobs(to, digests);
}

interface BlobWay extends Way {
  readonly known: ReadonlySet<string> | undefined;
}

async function copyBlob(
  blob: Descriptor,
  leader: Claim | undefined,
  way: BlobWay,
  copying: Copying,
): Promise<'present' | 'mounted' | 'uploaded'> {
  const { client, signal } = copying;
  const { to, from } = way;
  signal.throwIfAborted();
  if (leader !== undefined && isSameRepository(leader.repository, to)) return 'present';
  if (leader === undefined && (await isPresent(blob, way, copying))) return 'present';
  const count = new ByteCount(copying);
  const source = () => client.readBlob(from, blob, count.add);
  try {
    return await client.writeBlob(to, blob, source, leader?.repository.name ?? mountedFrom(way));
  } finally {
    count.report();
  }
}

async function isPresent(
  { digest, size }: Descriptor,
  { to, state, known }: BlobWay,
  { client }: Copying,
): Promise<boolean> {
  if (known !== undefined) return known.has(digest);
  if (state === 'without-tags' && size < worthAsking) return false;
  return await client.hasBlob(to, digest);
}

/**
 * Mounts from the repository itself what an earlier run may have left in it: the request that
 * begins an upload is then the question whether it is needed.
 */
function mountedFrom({ state, to }: Way): string | undefined {
  return state === 'without-tags' ? to.name : undefined;
}

/** The shortest time between two reports, in milliseconds: a display needs no more. */
const betweenReports = 100;

/** Counts the bytes that come from an origin, and reports them now and then. */
class ByteCount {
  readonly #emit: Copying['emit'];
  #bytes = 0;
  #last = performance.now();

  constructor({ emit }: Copying) {
    this.#emit = emit;
  }

  readonly add = (bytes: number): void => {
    this.#bytes += bytes;
    if (performance.now() - this.#last >= betweenReports) this.report();
  };

  report(): void {
    if (this.#bytes > 0) this.#emit({ type: 'bytes', bytes: this.#bytes });
    this.#bytes = 0;
    this.#last = performance.now();
  }
}
