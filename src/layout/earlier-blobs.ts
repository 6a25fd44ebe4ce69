import { basename } from 'node:path';
import { UnreadableImage } from '../mirror/image-content.ts';
import { locate, referenceOf } from '../mirror/located.ts';
import { readImage } from '../mirror/read-image.ts';
import { mostReferrerLevels } from '../mirror/referrers.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { Descriptor } from '../registry/descriptor.ts';
import { RegistryError } from '../registry/registry-error.ts';
import type { Repository } from '../registry/repository.ts';
import { inLayout } from './layout-address.ts';
import type { Blob } from './layout-files.ts';
import type { EarlierBlob } from './left-out.ts';

/** EarlierLayout is the part of a layout whose images are read. */
export interface EarlierLayout extends Pick<RegistryClient, 'getManifest' | 'readBlob'> {
  readonly registry: string;
  names(): readonly { readonly name: string }[];
  has(blob: Blob): Promise<boolean>;
  referrers(repository: Repository, digest: string): Promise<readonly Descriptor[]>;
}

/**
 * Returns the blobs that layouts have, by digest, with the images that bring each to the mirror. A
 * blob that no image needs stays in its layout, so it is not among them.
 */
export async function earlierBlobs(
  layouts: readonly EarlierLayout[],
): Promise<ReadonlyMap<string, EarlierBlob>> {
  const places = new Map<string, { archive: string; images: string[] }>();
  for (const layout of layouts) {
    const archive = basename(layout.registry.slice(layout.registry.indexOf(':') + 1));
    for (const { name } of layout.names()) {
      for (const blob of await blobsOf(layout, name)) {
        const known = places.get(blob.digest);
        if (known !== undefined) known.images.push(name);
        else if (await layout.has(blob)) places.set(blob.digest, { archive, images: [name] });
      }
    }
  }
  return places;
}

/** Returns the blobs of an image and of what refers to it. */
async function blobsOf(layout: EarlierLayout, name: string): Promise<Iterable<Blob>> {
  const located = locate(name);
  if (located === undefined) return [];
  const blobs = new Map<string, Blob>();
  const repository = inLayout(layout.registry, located.repository);
  await collect({ layout, repository, blobs }, referenceOf(located), 0);
  return blobs.values();
}

/** Collecting is where images are read, and the blobs that were found so far. */
interface Collecting {
  readonly layout: EarlierLayout;
  readonly repository: Repository;
  readonly blobs: Map<string, Blob>;
}

/** Adds the blobs of an image; none of one that is damaged. */
async function collect(collecting: Collecting, reference: string, level: number): Promise<void> {
  const { layout, repository, blobs } = collecting;
  try {
    const image = await readImage(layout, repository, reference, 'all');
    for (const blob of image?.blobs ?? []) blobs.set(blob.digest, blob);
    if (level >= mostReferrerLevels) return;
    for (const subject of image?.subjects ?? [])
      for (const { digest } of await layout.referrers(repository, subject))
        await collect(collecting, digest, level + 1);
  } catch (error) {
    if (error instanceof RegistryError || error instanceof UnreadableImage) return;
    throw error;
  }
}
