import type { Descriptor, Manifest, Platform } from '../registry/descriptor.ts';
import { digestOf } from '../registry/digest.ts';
import { contentOf, parseObject } from './image-content.ts';

/** Platforms are those that are copied: `all`, or a list such as `linux/amd64`. */
export type Platforms = 'all' | readonly string[];

/** Selection is the part of an index that is copied. */
export interface Selection {
  readonly index: Manifest;
  readonly manifests: readonly Descriptor[];
  /** The wanted platforms that the index lacks. */
  readonly missing: readonly string[];
}

/** NoPlatform reports an index that has none of the wanted platforms. */
export class NoPlatform extends Error {
  override readonly name = 'NoPlatform';
}

/**
 * Returns the index with the wanted platforms only, and the attestations of those. Its bytes, and
 * so its digest, are new unless all of it is wanted.
 *
 * @throws UnreadableImage; NoPlatform
 */
export function selectPlatforms(index: Manifest, platforms: Platforms): Selection {
  const { manifests } = contentOf(index);
  if (platforms === 'all') return { index, manifests, missing: [] };
  const chosen = manifests.filter(({ platform }) => isWanted(platform, platforms));
  if (chosen.length === 0) {
    throw new NoPlatform(
      `there is no ${platforms.join(' or ')}: it has ${formatPlatforms(manifests)}; change sync.platforms`,
    );
  }
  const missing = platforms.filter((one) => !chosen.some(({ platform }) => isIn(platform, one)));
  const digests = new Set(chosen.map(({ digest }) => digest));
  const kept = manifests.filter((one) => digests.has(one.digest) || isAbout(one, digests));
  if (kept.length === manifests.length) return { index, manifests, missing };
  const bytes = Buffer.from(JSON.stringify({ ...parseObject(index.bytes), manifests: kept }));
  return {
    index: { mediaType: index.mediaType, digest: digestOf(bytes), bytes },
    manifests: kept,
    missing,
  };
}

/** Lists the platforms of an index, for messages: `linux/amd64, linux/arm64`. */
export function formatPlatforms(manifests: readonly Descriptor[]): string {
  const written = manifests.flatMap(({ platform }) => formatPlatform(platform) ?? []);
  return [...new Set(written)].join(', ') || 'no platforms';
}

/** Reports whether a manifest is an attestation of one of the others. */
function isAbout(one: Descriptor, digests: ReadonlySet<string>): boolean {
  const subject = attestedDigest(one);
  return subject !== undefined && digests.has(subject);
}

/** Reports whether a manifest of an index is an attestation that BuildKit put there. */
export function isAttestation(one: Descriptor): boolean {
  return attestedDigest(one) !== undefined;
}

/** Returns the image that an attestation is about, as BuildKit writes it in an index. */
function attestedDigest({ annotations }: Descriptor): string | undefined {
  return annotations?.['vnd.docker.reference.digest'];
}

/** Reports whether a platform is among those that are copied. What names no platform is. */
export function isWanted(platform: Platform | undefined, wanted: readonly string[]): boolean {
  return platform === undefined || wanted.some((one) => isIn(platform, one));
}

/** A wanted `linux/arm` is any variant. */
function isIn(platform: Platform | undefined, wanted: string): boolean {
  const written = formatPlatform(platform);
  return written === wanted || (written?.startsWith(`${wanted}/`) ?? false);
}

/** Formats a platform: `linux/arm/v7`; undefined if it is none. */
export function formatPlatform(platform: Platform | undefined): string | undefined {
  if (platform === undefined || platform.os === 'unknown') return undefined;
  const { os, architecture, variant } = platform;
  return [os, architecture, variant].filter((part) => part !== undefined && part !== '').join('/');
}
