import { type Content, contentOf, digestOf, digestOfContent } from './content.ts';
import { packLayer, plainLayer } from './layer.ts';
import type { DescriptorJson, ManifestJson } from './manifest-json.ts';
import type { Store } from './store.ts';

/** MediaTypes are those of one family of manifests. */
interface MediaTypes {
  readonly index: string;
  readonly manifest: string;
  readonly config: string;
  readonly layer: string;
}

export const ociTypes: MediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};

export const dockerTypes: MediaTypes = {
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};

/** Adds a blob to a repository, and returns its descriptor. */
export function addBlob(
  store: Store,
  name: string,
  bytes: Buffer | string,
  mediaType: string,
): DescriptorJson {
  const content = Buffer.from(bytes);
  const digest = digestOf(content);
  store.repository(name).blobs.set(digest, contentOf(content));
  return { mediaType, digest, size: content.length };
}

/** Adds a blob of any size to a repository, for example `generatedContent`. */
export async function addContent(
  store: Store,
  name: string,
  content: Content,
  mediaType: string,
): Promise<DescriptorJson> {
  const digest = await digestOfContent(content);
  store.repository(name).blobs.set(digest, content);
  return { mediaType, digest, size: content.size };
}

/** Adds a manifest or an index to a repository, and returns its descriptor. */
export function addManifest(
  store: Store,
  name: string,
  manifest: ManifestJson,
  tag?: string,
): DescriptorJson {
  // Spaces and order are the publisher's: a copy that writes it again has another digest.
  const bytes = Buffer.from(JSON.stringify(manifest, undefined, 3));
  const digest = digestOf(bytes);
  const mediaType = manifest.mediaType ?? '';
  const repository = store.repository(name);
  repository.manifests.set(digest, { mediaType, bytes, pushed: new Date() });
  if (tag !== undefined) repository.tags.set(tag, digest);
  return { mediaType, digest, size: bytes.length };
}

/** ImageOptions say what an image consists of. */
export interface ImageOptions {
  readonly tag?: string;
  readonly architecture?: string;
  /**
   * Its layers: texts, which are packed, or bytes as they are. Default: one short layer that no
   * other image has.
   */
  readonly layers?: readonly (string | Buffer)[];
  readonly types?: MediaTypes;
  readonly subject?: DescriptorJson;
}

let made = 0;

/** Adds an image of one platform. */
export function addImage(store: Store, name: string, options: ImageOptions = {}): DescriptorJson {
  const { tag, architecture = 'amd64', types = ociTypes, subject } = options;
  made += 1;
  const layers = (options.layers ?? [`layer ${made} of ${name}`]).map((layer) =>
    typeof layer === 'string' ? packLayer(layer) : plainLayer(layer),
  );
  const platform = { os: 'linux', architecture };
  const diffIds = layers.map(({ diffId }) => diffId);
  const config = { ...platform, rootfs: { type: 'layers', diff_ids: diffIds } };
  const manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: addBlob(store, name, JSON.stringify(config), types.config),
    layers: layers.map(({ bytes }) => addBlob(store, name, bytes, types.layer)),
    ...(subject && { subject }),
  };
  return { ...addManifest(store, name, manifest, tag), platform };
}

/** Adds an index of these images. */
export function addIndex(
  store: Store,
  name: string,
  manifests: readonly DescriptorJson[],
  tag?: string,
  types = ociTypes,
): DescriptorJson {
  return addManifest(store, name, { schemaVersion: 2, mediaType: types.index, manifests }, tag);
}

/**
 * Adds what `docker buildx build --platform linux/amd64,linux/arm64` pushes: an index of two
 * platforms and two attestations, with ten blobs.
 */
export function addMultiArch(store: Store, name: string, tag: string): DescriptorJson {
  const platforms = ['amd64', 'arm64'].map((architecture) =>
    addImage(store, name, {
      architecture,
      layers: ['base', 'top'].map((layer) => `${layer} of ${name} for ${architecture}`),
    }),
  );
  const attestations = platforms.map((image) => addAttestation(store, name, image));
  return addIndex(store, name, [...platforms, ...attestations], tag);
}

function addAttestation(store: Store, name: string, image: DescriptorJson): DescriptorJson {
  const inToto = 'application/vnd.in-toto+json';
  const layer = addBlob(store, name, JSON.stringify({ subject: image.digest }), inToto);
  const platform = { os: 'unknown', architecture: 'unknown' };
  const config = { ...platform, rootfs: { type: 'layers', diff_ids: [layer.digest] } };
  const manifest = {
    schemaVersion: 2,
    mediaType: ociTypes.manifest,
    config: addBlob(store, name, JSON.stringify(config), ociTypes.config),
    layers: [layer],
  };
  return {
    ...addManifest(store, name, manifest),
    platform,
    annotations: {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': image.digest,
    },
  };
}

/** Adds a signature, an SBOM or the like of an image, which the referrers API lists. */
export function addReferrer(
  store: Store,
  name: string,
  subject: DescriptorJson,
  artifactType = 'application/vnd.example.signature',
): DescriptorJson {
  const { mediaType, digest, size } = subject;
  const manifest = {
    schemaVersion: 2,
    mediaType: ociTypes.manifest,
    artifactType,
    config: addBlob(store, name, '{}', 'application/vnd.oci.empty.v1+json'),
    layers: [addBlob(store, name, `${artifactType} of ${digest}`, 'text/plain')],
    subject: { mediaType, digest, size },
  };
  return { ...addManifest(store, name, manifest), artifactType };
}
