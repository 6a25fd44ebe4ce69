/** Fills a registry with the images of a data set. */
import { digestOf, makeImage } from './content.js';

/**
 * Filled is what an origin holds: the digest of each image, and the size of each blob in bytes.
 *
 * @typedef {{ images: { repository: string, tag: string, digest: string }[], blobs: Map<string, number> }} Filled
 */

/**
 * @param {string} host
 * @param {import('./data-sets.js').Image[]} images
 * @returns {Promise<Filled>}
 */
export async function fillOrigin(host, images) {
  const base = `http://${host}/v2`;
  /** @type {Map<string, number>} */
  const blobs = new Map();
  /** The repository that got a blob first. */
  const homes = new Map();
  const filled = [];
  for (const image of images) {
    const { repository, tag } = image;
    let digest = '';
    await makeImage(image, {
      blob: async (bytes, blob) => {
        const home = homes.get(blob);
        if (home === repository) return;
        const mount = home === undefined ? '' : `?mount=${blob}&from=${home}`;
        const begun = await send(`${base}/${repository}/blobs/uploads/${mount}`, 'POST');
        if (home !== undefined) return;
        const location = `${begun.headers.get('location')}&digest=${blob}`;
        await send(location, 'PUT', bytes);
        homes.set(blob, repository);
        blobs.set(blob, bytes.length);
      },
      manifest: async (bytes, type, reference) => {
        await send(`${base}/${repository}/manifests/${reference}`, 'PUT', bytes, type);
        digest = digestOf(bytes);
      },
    });
    filled.push({ repository, tag, digest });
  }
  return { images: filled, blobs };
}

/** Returns the images that a mirror lacks, or has with another digest. */
export async function findWrong(host, images) {
  const accept = [
    'application/vnd.docker.distribution.manifest.list.v2+json',
    'application/vnd.docker.distribution.manifest.v2+json',
    'application/vnd.oci.image.index.v1+json',
    'application/vnd.oci.image.manifest.v1+json',
  ].join(', ');
  const wrong = [];
  for (const { repository, tag, digest } of images) {
    const url = `http://${host}/v2/${repository}/manifests/${tag}`;
    const { headers } = await fetch(url, { method: 'HEAD', headers: { accept } });
    if (headers.get('docker-content-digest') !== digest) wrong.push(`${repository}:${tag}`);
  }
  return wrong;
}

async function send(
  url,
  method,
  /** @type {Uint8Array} */ bytes = Buffer.alloc(0),
  type = 'application/octet-stream',
) {
  const body = /** @type {BodyInit} */ (/** @type {unknown} */ (bytes));
  const response = await fetch(url, { method, headers: { 'content-type': type }, body });
  const text = await response.text();
  if (response.ok) return response;
  throw new Error(`${method} ${url}: ${response.status} ${text}`);
}
