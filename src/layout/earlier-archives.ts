import { basename } from 'node:path';
import { UnreadableImage } from '../mirror/image-content.ts';
import { locate, referenceOf } from '../mirror/located.ts';
import { readImage } from '../mirror/read-image.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { Descriptor, Manifest } from '../registry/descriptor.ts';
import { RegistryError } from '../registry/registry-error.ts';
import type { Repository } from '../registry/repository.ts';
import { inLayout } from './layout-address.ts';
import type { Blob } from './layout-files.ts';
import type { EarlierBlob } from './left-out.ts';

/** EarlierLayout is the part of a layout that is asked what it has. */
interface EarlierLayout extends Pick<RegistryClient, 'headManifest' | 'getManifest' | 'readBlob'> {
  readonly registry: string;
  names(): readonly { readonly name: string }[];
  has(blob: Blob): Promise<boolean>;
  referrers(repository: Repository, digest: string): Promise<readonly Descriptor[]>;
  close(): Promise<void>;
}

/** EarlierArchives are the layouts of `--since`: what they have is left out of the next one. */
export class EarlierArchives {
  readonly #layouts: readonly EarlierLayout[];

  constructor(layouts: readonly EarlierLayout[]) {
    this.#layouts = layouts;
  }

  headManifest({ name }: Repository, reference: string): Promise<Descriptor | undefined> {
    return this.#first((layout) =>
      layout.headManifest({ registry: layout.registry, name }, reference),
    );
  }

  getManifest({ name }: Repository, reference: string): Promise<Manifest | undefined> {
    return this.#first((layout) =>
      layout.getManifest({ registry: layout.registry, name }, reference),
    );
  }

  async hasBlob(blob: Blob): Promise<boolean> {
    return (await this.#first(async (layout) => (await layout.has(blob)) || undefined)) ?? false;
  }

  async referrers(digest: string): Promise<readonly Descriptor[]> {
    const found: Descriptor[] = [];
    for (const layout of this.#layouts)
      found.push(...(await layout.referrers({ registry: layout.registry, name: '' }, digest)));
    return found;
  }

  /** Returns which images have these blobs. It reads the manifests of all images. */
  async placesOf(digests: ReadonlySet<string>): Promise<Map<string, EarlierBlob>> {
    const places = new Map<string, { archive: string; images: string[] }>();
    for (const layout of this.#layouts) {
      const archive = basename(layout.registry.slice(layout.registry.indexOf(':') + 1));
      for (const { name } of layout.names()) {
        for (const digest of await blobsOf(layout, name)) {
          if (!digests.has(digest)) continue;
          const place = places.get(digest) ?? { archive, images: [] };
          places.set(digest, place);
          place.images.push(name);
        }
      }
    }
    return places;
  }

  async close(): Promise<void> {
    for (const layout of this.#layouts) await layout.close();
  }

  async #first<Value>(
    ask: (layout: EarlierLayout) => Promise<Value | undefined>,
  ): Promise<Value | undefined> {
    for (const layout of this.#layouts) {
      const found = await ask(layout);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** Returns the blobs of an image; none of one that is damaged. */
async function blobsOf(layout: EarlierLayout, name: string): Promise<readonly string[]> {
  const located = locate(name);
  if (located === undefined) return [];
  const repository = inLayout(layout.registry, located.repository);
  try {
    const image = await readImage(layout, repository, referenceOf(located), 'all');
    return image?.blobs.map(({ digest }) => digest) ?? [];
  } catch (error) {
    if (error instanceof RegistryError || error instanceof UnreadableImage) return [];
    throw error;
  }
}
