import { isDigest } from '../reference/grammar.ts';
import type { Descriptor, Manifest } from '../registry/descriptor.ts';
import { isForeignLayer, isIndexType } from '../registry/media-type.ts';
import { isMapping } from '../rules/is-mapping.ts';

/** Content is what a manifest refers to. */
export interface Content {
  /** The manifests of an index; empty for an image. */
  readonly manifests: readonly Descriptor[];
  /** Configuration and layers that a registry must have to accept the manifest. */
  readonly blobs: readonly Descriptor[];
}

/** UnreadableImage reports that an origin lacks an image, or has something that is not one. */
export class UnreadableImage extends Error {
  override readonly name = 'UnreadableImage';
}

/**
 * Returns what a manifest refers to. Layers that nodes fetch from elsewhere (of Windows) are left
 * there. Layers of any media type are copied: charts, signatures and modules have their own.
 */
export function contentOf({ mediaType, digest, bytes }: Manifest): Content {
  const parsed = parseObject(bytes);
  if (parsed === undefined) throw new UnreadableImage(`${digest} is not a manifest: not JSON`);
  if (isIndexType(mediaType))
    return { manifests: descriptorsIn(parsed.manifests, digest), blobs: [] };
  const listed = [parsed.config, ...listIn(parsed.layers), ...listIn(parsed.blobs)];
  const blobs = descriptorsIn(
    listed.filter((one) => one !== undefined),
    digest,
  );
  return { manifests: [], blobs: blobs.filter((blob) => !isForeignLayer(blob)) };
}

/** Returns the mapping that JSON describes; undefined if it is not valid or another value. */
export function parseObject(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isMapping(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function descriptorsIn(value: unknown, digest: string): Descriptor[] {
  return listIn(value).map((one) => {
    if (isDescriptor(one)) return one;
    throw new UnreadableImage(
      `${digest} is not a manifest: it lists something without a digest and a size`,
    );
  });
}

function isDescriptor(value: unknown): value is Descriptor {
  return (
    isMapping(value) &&
    typeof value.mediaType === 'string' &&
    typeof value.digest === 'string' &&
    // It becomes a part of paths, at the mirror too.
    isDigest(value.digest, 0) &&
    Number.isSafeInteger(value.size) &&
    (value.size as number) >= 0
  );
}
