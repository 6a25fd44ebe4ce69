import type { Descriptor } from './descriptor.ts';

export const ociIndex = 'application/vnd.oci.image.index.v1+json';
export const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
const dockerList = 'application/vnd.docker.distribution.manifest.list.v2+json';
const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';

/**
 * Lists what is asked for. A registry that is asked for less converts the image, or says that it is
 * not there. Schema 1 is asked for to be refused by its name.
 */
export const acceptedManifests = [
  ociIndex,
  ociManifest,
  dockerList,
  dockerManifest,
  'application/vnd.docker.distribution.manifest.v1+prettyjws;q=0.1',
  'application/vnd.docker.distribution.manifest.v1+json;q=0.1',
].join(', ');

/** Reports whether a media type is that of an index: a manifest that lists manifests. */
export function isIndexType(mediaType: string): boolean {
  return mediaType === ociIndex || mediaType === dockerList;
}

/** Reports whether a media type is that of Docker's image manifest, schema 1. */
export function isSchema1Type(mediaType: string): boolean {
  return mediaType.startsWith('application/vnd.docker.distribution.manifest.v1');
}

/**
 * Reports whether a layer may be left where it is: the registry accepts a manifest without it, and
 * nodes fetch it from `urls` (layers of Windows).
 */
export function isForeignLayer({ mediaType, urls }: Descriptor): boolean {
  return (
    (urls?.length ?? 0) > 0 ||
    mediaType.includes('.nondistributable.') ||
    mediaType === 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'
  );
}

/** Returns a media type without its parameters, in lower case; empty if there is none. */
export function withoutParameters(contentType: string | undefined): string {
  return (contentType?.split(';', 1)[0] ?? '').trim().toLowerCase();
}
