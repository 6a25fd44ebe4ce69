/**
 * Quirks are the ways in which a registry differs from a plain one. Tests switch them while it
 * runs. None is on at first.
 */
export interface Quirks {
  // Uploads
  /** Locations of uploads are paths (`crane registry serve`) instead of URLs. */
  relativeLocation?: boolean;
  /** Locations of uploads are at this URL's host. */
  uploadsAt?: string;
  /** Answers PATCH with 201 and forgets every part after the first (ECR, containers-roadmap #2831). */
  onePatch?: boolean;
  /** Refuses PATCH with 405, as a registry without chunked uploads. */
  noPatch?: boolean;
  /** Refuses bodies over so many bytes with 413 (ACR, proxies). */
  largestBody?: number;
  /** `OCI-Chunk-Min-Length`: refuses to go on after a smaller part, with 416. */
  smallestPart?: number;
  /** Stores whatever it was sent under the digest that the client says. */
  believesDigests?: boolean;

  // Mounts
  /** Never mounts, and begins an upload instead. */
  noMounts?: boolean;
  /** Refuses a mount that has no `from` with 400 (Quay). */
  noAnonymousMounts?: boolean;
  /** Mounts only blobs that a manifest of the other repository has (ECR). */
  mountsAfterManifest?: boolean;

  // Manifests
  /** Refuses to move a tag: 400 and this code (ECR's is `TAG_INVALID`). */
  immutableTags?: string;
  /** Takes manifests whose layers or children it does not have. */
  sparseManifests?: boolean;
  /** Refuses manifests that do not say their own media type with 405 (ECR). */
  wantsMediaType?: boolean;
  /** Answers without `Docker-Content-Digest`. */
  noDigestHeader?: boolean;
  /** Ignores `?tag=` of a push by digest. */
  noTagParameter?: boolean;
  /** Says that a blob or a child is missing, to so many pushes of manifests (ECR under load). */
  lateBlobs?: number;

  // Referrers
  /** Has no referrers API: 404, and no `OCI-Subject`. */
  noReferrers?: boolean;
  /** Leaves `OCI-Subject` out. */
  noSubjectHeader?: boolean;

  // Tags
  /** Tags on a page, if nobody asks for a number. */
  pageSize?: number;
  /** Refuses a greater `n` with 405 (ECR: 1,000). */
  largestPage?: number;
  /** Pages go on by a cursor that is not a tag (ECR Public), and `last` is refused with 405. */
  opaqueCursor?: boolean;
  /** The `Link` of pages is a path. */
  relativeLink?: boolean;
  /** The last page has a `Link` too, to an empty page (distribution v3 with `n=1`). */
  linkAtEnd?: boolean;
  /** `tags/list` and other APIs list digests, as this vendor's registry does. */
  listing?: 'gcr' | 'quay' | 'harbor';

  // Catalog
  /** Refuses the list of repositories with this status: many registries have none. */
  noCatalog?: number;

  // Reading
  /** Blobs are read at this URL's host, to which GET is redirected with 307. */
  blobsAt?: string;
  /** Manifests are read at this URL's host, to which GET and HEAD are redirected with 307. */
  manifestsAt?: string;
  /** Ignores `Range`, and answers with the whole. */
  noRange?: boolean;
  /** Answers `Range` with 416 (`crane registry serve`). */
  refusesRange?: boolean;
  /** Manifest GETs that Docker Hub still allows; answers 429 after that. */
  remainingPulls?: number;
  /** A `Warning` header on every answer. */
  warning?: string;

  /** Repositories must be made first: pushes to another are refused with 404 NAME_UNKNOWN (ECR). */
  closedRepositories?: boolean;
}
