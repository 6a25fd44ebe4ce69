import { isIndexType } from '../registry/media-type.ts';
import { RegistryError } from '../registry/registry-error.ts';
import { forEachAtOnce } from './concurrency.ts';
import { copyBlobs, type Moved } from './copy-blobs.ts';
import type { Copying, RepositoryState, Way } from './copying.ts';
import { UnreadableImage } from './image-content.ts';
import { formatLocated, type Located, referenceOf, writtenReference } from './located.ts';
import type { PlannedImage } from './plan.ts';
import { type Image, readImage } from './read-image.ts';
import { type CopiedReferrers, copyReferrers } from './referrers.ts';

/** Copied is what the mirror has after a copy. */
export interface Copied extends Moved {
  readonly isNew: boolean;
  readonly digest: string;
  /** Undefined if the mirror has another image, which stays. */
  readonly originDigest: string | undefined;
  /** How many signatures, attestations and SBOMs the mirror got. */
  readonly referrers: number;
  readonly warnings: readonly string[];
}

/** OverwrittenTag reports that the mirror has another image by the name that was just written. */
export class OverwrittenTag extends Error {
  override readonly name = 'OverwrittenTag';
}

const manifestsAtOnce = 6;
const noReferrers: CopiedReferrers = { added: 0, warnings: [] };
const nothingMoved: Moved = { uploaded: 0, mounted: 0, unmounted: 0 };

/** Copies an image from the first of its origins that has it. */
export async function copyImage(planned: PlannedImage, copying: Copying): Promise<Copied> {
  let failure: unknown;
  for (const origin of planned.origins) {
    copying.signal.throwIfAborted();
    try {
      // Nothing is read that cannot be written: Docker Hub counts pulls.
      copying.client.requireReachable(planned.destination.repository.registry);
      return await copyFrom(origin, planned, copying);
    } catch (error) {
      if (!isOf(error, origin)) throw error;
      failure ??= error;
    }
  }
  throw failure;
}

/** Reports whether an origin failed, so that another one may do. */
function isOf(error: unknown, { repository }: Located): boolean {
  if (error instanceof UnreadableImage) return true;
  return error instanceof RegistryError && error.host === repository.registry;
}

async function copyFrom(origin: Located, planned: PlannedImage, copying: Copying): Promise<Copied> {
  const { client, platforms, repositories, claims, emit } = copying;
  const { destination, mirrorDigest, isWhole } = planned;
  const wanted = isWhole ? 'all' : platforms;
  const image = await readImage(client, origin.repository, referenceOf(origin), wanted);
  if (image === undefined) {
    const message = `there is no ${formatLocated(origin)}: check the name and the tag`;
    throw new UnreadableImage(message);
  }
  const { root, originDigest, blobs } = image;
  const digests = { digest: root.digest, originDigest };
  if (root.digest === mirrorDigest)
    return { ...digests, ...nothingMoved, isNew: false, referrers: 0, warnings: image.warnings };
  emit({ type: 'sized', planned, bytes: blobs.reduce((sum, { size }) => sum + size, 0) });
  const way: Way = {
    planned,
    from: origin.repository,
    to: destination.repository,
    state: stateOf(planned, await repositories.ensure(destination.repository)),
  };
  // A disk may be too small for them.
  const end = await client.announce?.(way.to, blobs);
  const claimed = claims.claim(
    way.to,
    blobs.map(({ digest }) => digest),
  );
  let isThere = false;
  try {
    const moved = await copyBlobs(blobs, claimed, way, copying);
    const { added, warnings, standing } = await writeManifests(image, way, copying);
    if (standing !== undefined)
      return { ...moved, ...standing, isNew: false, referrers: added, warnings };
    isThere = true;
    const all = [...image.warnings, ...warnings];
    return { ...digests, ...moved, isNew: true, referrers: added, warnings: all };
  } finally {
    end?.();
    claimed.settle(isThere);
  }
}

function stateOf({ isNewRepository }: PlannedImage, isCreated: boolean): RepositoryState {
  if (isCreated) return 'created';
  return isNewRepository ? 'without-tags' : 'in-use';
}

/** Written is what became of the manifests of an image. */
interface Written extends CopiedReferrers {
  /** What the mirror has under the tag, if somebody else wrote it meanwhile and it must stay. */
  readonly standing?: Pick<Copied, 'digest' | 'originDigest'>;
}

/** Writes children by digest, then what refers to the image, and the tag last and once. */
async function writeManifests(image: Image, way: Way, copying: Copying): Promise<Written> {
  const { client, signal } = copying;
  const { to, planned } = way;
  const { root, children } = image;
  for (const level of levelsOf(children)) {
    await forEachAtOnce(level, manifestsAtOnce, async (child) => {
      signal.throwIfAborted();
      await client.putManifest(to, child.digest, child);
    });
  }
  const referrers = copying.referrers ? await copyReferrers(image, way, copying) : noReferrers;
  signal.throwIfAborted();
  const reference = writtenReference(planned.destination);
  const other = planned.stands ? await client.headManifest(to, reference) : undefined;
  if (other !== undefined && other.digest !== root.digest) {
    const warning = `${formatLocated(planned.destination)} was written by somebody else during this run, and stays`;
    const standing = { digest: other.digest, originDigest: undefined };
    return { ...referrers, warnings: [...referrers.warnings, warning], standing };
  }
  await client.putManifest(to, reference, root);
  const written = await client.headManifest(to, reference);
  if (written?.digest === root.digest) return referrers;
  throw new OverwrittenTag(
    `${formatLocated(planned.destination)} is ${written?.digest ?? 'missing'} after ${root.digest} was written: somebody else writes this name as well`,
  );
}

/** Puts indexes among the children after all images, as they may list them. */
function levelsOf(children: Image['children']): Image['children'][] {
  const isIndex = ({ mediaType }: Image['root']) => isIndexType(mediaType);
  return [children.filter((one) => !isIndex(one)), ...children.filter(isIndex).map((one) => [one])];
}
