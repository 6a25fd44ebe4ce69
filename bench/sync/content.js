/** Makes the bytes of images: layers are real gzip, as some tools compress again what is not. */
import { createCipheriv, createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

const types = {
  docker: {
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
  oci: {
    index: 'application/vnd.oci.image.index.v1+json',
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
};

/** Returns the digest of bytes. */
export function digestOf(bytes) {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Returns random bytes, always the same for a seed, and as gzip. */
function makeLayer({ seed, size }) {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16);
  const bytes = createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
  // Random bytes do not become fewer: gzip only stores them.
  return { bytes: gzipSync(bytes, { level: 0 }), diffId: digestOf(bytes) };
}

/**
 * Makes an image bit by bit, so that no two layers are in memory at a time.
 *
 * @param {import('./data-sets.js').Image} image
 * @param {{ blob: (bytes: Buffer, digest: string) => Promise<void>, manifest: (bytes: Buffer, type: string, reference: string) => Promise<void> }} into
 */
export async function makeImage({ tag, format, isIndex, variants }, into) {
  const type = types[format];
  const store = async (mediaType, bytes) => {
    const digest = digestOf(bytes);
    await into.blob(bytes, digest);
    return { mediaType, digest, size: bytes.length };
  };
  const descriptors = [];
  for (const { architecture, layers, isAttestation = false } of variants) {
    const stored = [];
    const diffIds = [];
    for (const layer of layers) {
      const { bytes, diffId } = makeLayer(layer);
      stored.push(await store(type.layer, bytes));
      diffIds.push(diffId);
    }
    const os = isAttestation ? 'unknown' : 'linux';
    const rootfs = { type: 'layers', diff_ids: diffIds };
    const config = await store(type.config, json({ architecture, os, config: {}, rootfs }));
    const manifest = json({ schemaVersion: 2, mediaType: type.manifest, config, layers: stored });
    const digest = digestOf(manifest);
    const about = descriptors.at(-1)?.digest;
    const annotations = {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': about,
    };
    descriptors.push({
      mediaType: type.manifest,
      digest,
      size: manifest.length,
      platform: { architecture, os },
      ...(isAttestation && { annotations }),
    });
    await into.manifest(manifest, type.manifest, isIndex ? digest : tag);
  }
  if (!isIndex) return;
  const index = { schemaVersion: 2, mediaType: type.index, manifests: descriptors };
  await into.manifest(json(index), type.index, tag);
}

function json(value) {
  return Buffer.from(JSON.stringify(value));
}
