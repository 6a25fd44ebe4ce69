import type { RegistryClient } from '../registry/client.ts';
import type { Descriptor, Manifest } from '../registry/descriptor.ts';
import { isIndexType } from '../registry/media-type.ts';
import type { Repository } from '../registry/repository.ts';
import { forEachAtOnce } from './concurrency.ts';
import { contentOf, UnreadableImage } from './image-content.ts';
import { formatRepository } from './located.ts';
import { otherPlatform } from './other-platform.ts';
import { formatPlatforms, isAttestation, type Platforms, selectPlatforms } from './platforms.ts';

/** Image is an image with all manifests that belong to it. */
export interface Image {
  /** The manifest that the tag names: as the origin sent it, or an index of fewer platforms. */
  readonly root: Manifest;
  /** The digest at the origin; another than that of `root` if platforms were left out. */
  readonly originDigest: string;
  /** The manifests below the root: each after those that it lists. */
  readonly children: readonly Manifest[];
  /** Configurations and layers, each once. */
  readonly blobs: readonly Descriptor[];
  /** Digests that may have signatures: of the root and of what runs on some platform. */
  readonly subjects: readonly string[];
  /** Names the wanted platforms that the image lacks. */
  readonly warnings: readonly string[];
}

/** An index of indexes is allowed, and rare. */
const mostLevels = 4;
const mostManifests = 1_000;
/** All manifests below an index are held in memory at once. In bytes; usual ones have thousands. */
const mostBytes = 16 * 1024 * 1024;
const manifestsAtOnce = 6;

/** ImageReader is the part of a RegistryClient that reads images. */
type ImageReader = Pick<RegistryClient, 'getManifest' | 'readBlob'>;

/** Reads an image from its origin. Returns undefined if there is none. */
export async function readImage(
  client: ImageReader,
  repository: Repository,
  reference: string,
  platforms: Platforms,
): Promise<Image | undefined> {
  const origin = await client.getManifest(repository, reference);
  if (origin === undefined) return undefined;
  const image = new ImageBuilder(client, repository);
  const root = await image.addRoot(origin, platforms);
  const { children, blobs, warnings } = image;
  const subjects = [...(root === origin ? [root.digest] : []), ...image.platformDigests];
  return {
    root,
    originDigest: origin.digest,
    children: [...children.values()],
    blobs: [...blobs.values()],
    subjects: [...new Set(subjects)],
    warnings,
  };
}

class ImageBuilder {
  /** By digest, in the order in which a registry accepts them. */
  readonly children = new Map<string, Manifest>();
  readonly blobs = new Map<string, Descriptor>();
  readonly platformDigests: string[] = [];
  readonly warnings: string[] = [];
  readonly #client: ImageReader;
  readonly #repository: Repository;
  /** The size of the manifests below the root. */
  #bytes = 0;

  constructor(client: ImageReader, repository: Repository) {
    this.#client = client;
    this.#repository = repository;
  }

  async addRoot(origin: Manifest, platforms: Platforms): Promise<Manifest> {
    if (!isIndexType(origin.mediaType)) {
      this.#addBlobs(origin);
      const has = await otherPlatform(this.#client, this.#repository, origin, platforms);
      if (has !== undefined)
        this.warnings.push(
          `it has no ${(platforms as readonly string[]).join(' and no ')}, only ${has}`,
        );
      return origin;
    }
    const selected = selectPlatforms(origin, platforms);
    const { missing } = selected;
    if (missing.length > 0) {
      const has = formatPlatforms(contentOf(origin).manifests);
      this.warnings.push(`it has no ${missing.join(' and no ')}, only ${has}`);
    }
    await this.#addChildren(selected.manifests, 1);
    return selected.index;
  }

  async #addChildren(descriptors: readonly Descriptor[], level: number): Promise<void> {
    const count = this.children.size + descriptors.length;
    if (level > mostLevels || count > mostManifests)
      throw new UnreadableImage(
        `the index has more than ${mostManifests} manifests or ${mostLevels} levels`,
      );
    await forEachAtOnce(descriptors, manifestsAtOnce, async (descriptor) => {
      const { digest } = descriptor;
      if (this.children.has(digest)) return;
      const manifest = await this.#client.getManifest(this.#repository, digest);
      if (manifest === undefined) {
        throw new UnreadableImage(
          `${formatRepository(this.#repository)} lacks ${digest}, which its index lists`,
        );
      }
      this.#bytes += manifest.bytes.length;
      if (this.#bytes > mostBytes)
        throw new UnreadableImage(`the manifests of the index have more than ${mostBytes} bytes`);
      if (isIndexType(manifest.mediaType))
        await this.#addChildren(contentOf(manifest).manifests, level + 1);
      else this.#addBlobs(manifest);
      this.children.set(digest, manifest);
      if (!isAttestation(descriptor)) this.platformDigests.push(digest);
    });
  }

  #addBlobs(manifest: Manifest): void {
    for (const blob of contentOf(manifest).blobs) this.blobs.set(blob.digest, blob);
  }
}
