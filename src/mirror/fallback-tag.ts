import type { RegistryClient } from '../registry/client.ts';
import type { Descriptor, Manifest } from '../registry/descriptor.ts';
import { digestOf } from '../registry/digest.ts';
import { isIndexType, ociIndex } from '../registry/media-type.ts';
import { fallbackTagOf } from '../registry/referrers.ts';
import type { Repository } from '../registry/repository.ts';
import { contentOf, parseObject } from './image-content.ts';

/**
 * Adds referrers to the index that replaces the referrers API in registries without one. What the
 * index has stays; if it has all of them, it is not written.
 * Returns what to warn about: if the tag is an image, it stays.
 */
export async function extendFallback(
  client: Pick<RegistryClient, 'getManifest' | 'putManifest'>,
  to: Repository,
  subject: string,
  referrers: readonly Descriptor[],
): Promise<string | undefined> {
  if (referrers.length === 0) return undefined;
  const tag = fallbackTagOf(subject);
  const present = await client.getManifest(to, tag);
  if (present !== undefined && !isIndexType(present.mediaType))
    return `the tag ${tag}, where referrers are listed, is an image at the mirror: it stays`;
  const extended = withReferrers(present, referrers);
  if (extended !== undefined) await client.putManifest(to, tag, extended);
  return undefined;
}

/** Returns the index with what it lacked; undefined if that is nothing. */
export function withReferrers(
  present: Manifest | undefined,
  referrers: readonly Descriptor[],
): Manifest | undefined {
  const known = present === undefined ? [] : contentOf(present).manifests;
  const digests = new Set(known.map(({ digest }) => digest));
  const missing = referrers.filter(({ digest }) => !digests.has(digest));
  if (missing.length === 0) return undefined;
  const rest = present && parseObject(present.bytes);
  const begun = rest ?? { schemaVersion: 2, mediaType: ociIndex };
  const bytes = Buffer.from(JSON.stringify({ ...begun, manifests: [...known, ...missing] }));
  return { mediaType: present?.mediaType ?? ociIndex, digest: digestOf(bytes), bytes };
}
