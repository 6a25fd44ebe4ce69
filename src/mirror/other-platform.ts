import { buffer } from 'node:stream/consumers';
import type { RegistryClient } from '../registry/client.ts';
import type { Manifest, Platform } from '../registry/descriptor.ts';
import type { Repository } from '../registry/repository.ts';
import { contentOf, parseObject } from './image-content.ts';
import { formatPlatform, isWanted, type Platforms } from './platforms.ts';

/** The configurations of images that name a platform; those of artifacts name none. */
const configurations = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);
/** Larger ones are not read, in bytes: usual ones have some thousand. */
const maxSize = 4 * 1024 * 1024;

/**
 * Returns the platform of an image without an index, if it is not wanted. Only its configuration
 * names it, which is not read if all platforms are wanted.
 *
 * @throws RegistryError
 */
export async function otherPlatform(
  client: Pick<RegistryClient, 'readBlob'>,
  repository: Repository,
  manifest: Manifest,
  platforms: Platforms,
): Promise<string | undefined> {
  if (platforms === 'all') return undefined;
  const config = contentOf(manifest).blobs.find(({ mediaType }) => configurations.has(mediaType));
  if (config === undefined || config.size > maxSize) return undefined;
  const platform = readPlatform(await buffer(await client.readBlob(repository, config)));
  return isWanted(platform, platforms) ? undefined : formatPlatform(platform);
}

function readPlatform(config: Buffer): Platform | undefined {
  const { os, architecture, variant } = parseObject(config) ?? {};
  if (typeof os !== 'string' || typeof architecture !== 'string') return undefined;
  return { os, architecture, ...(typeof variant === 'string' && { variant }) };
}
