import type { RegistryClient } from '../registry/client.ts';
import { isIndexType } from '../registry/media-type.ts';
import type { Repository } from '../registry/repository.ts';
import type { Copying } from './copying.ts';
import { contentOf, UnreadableImage } from './image-content.ts';
import { formatLocated, writtenReference } from './located.ts';
import type { PlannedImage } from './plan.ts';
import { isAttestation } from './platforms.ts';
import { type CopiedReferrers, copyReferrers } from './referrers.ts';

/** Indexes of indexes are rare; an index of an index of one is not worth more requests. */
const mostLevels = 2;

/**
 * Reports whether the referrers of an image that the mirror has are looked at. An image that
 * somebody made is left alone.
 */
export function isRechecked({ why }: PlannedImage, copying: Copying): boolean {
  return copying.rechecksReferrers && copying.referrers && why !== 'left-alone';
}

/**
 * Copies what has come to refer to an image since it was copied. The mirror says which manifests the
 * image has: reading them from Docker Hub would count as pulls.
 *
 * @throws RegistryError; UnreadableImage if the mirror has lost it meanwhile
 */
export async function recheckReferrers(
  { destination, origins, mirrorDigest, sourceDigest, copyDigest }: PlannedImage,
  copying: Copying,
): Promise<CopiedReferrers> {
  const { repository: to } = destination;
  const { client } = copying;
  const [origin] = origins;
  if (origin === undefined) return { added: 0, warnings: [] };
  // The survey may not have asked for the digest of a tag that never moves.
  const there =
    mirrorDigest ?? (await client.headManifest(to, writtenReference(destination)))?.digest;
  const listed = there && (await subjectsAt(to, there, client, 1));
  if (!listed) throw new UnreadableImage(`${formatLocated(destination)} is gone: run this again`);
  // Nothing refers to an index of fewer platforms: only this mirror has it.
  const isCopy = there === copyDigest && there !== sourceDigest;
  const subjects = listed.filter((one) => !(isCopy && one === there));
  return await copyReferrers({ subjects }, { from: origin.repository, to }, copying);
}

/** Returns the digests of a manifest and of what runs on some platform below it. */
async function subjectsAt(
  repository: Repository,
  digest: string,
  client: Pick<RegistryClient, 'getManifest'>,
  level: number,
): Promise<readonly string[] | undefined> {
  const manifest = await client.getManifest(repository, digest);
  if (manifest === undefined) return undefined;
  const subjects = new Set([digest]);
  for (const one of contentOf(manifest).manifests) {
    if (isAttestation(one)) continue;
    subjects.add(one.digest);
    if (!isIndexType(one.mediaType) || level >= mostLevels) continue;
    const below = await subjectsAt(repository, one.digest, client, level + 1);
    for (const subject of below ?? []) subjects.add(subject);
  }
  return [...subjects];
}
