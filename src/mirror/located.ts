import { canonicalHost } from '../reference/docker-hub.ts';
import { formatTagAndDigest, nodeReference, pulledTag } from '../reference/reference.ts';
import type { Repository } from '../registry/repository.ts';
import { placeOf } from '../rules/place.ts';

/** Located is an image in a repository of a registry, by its tag, its digest or both. */
export interface Located {
  readonly repository: Repository;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** Locates an image; without tag and digest it is `latest`. Undefined if it is not a reference. */
export function locate(image: string): Located | undefined {
  const reference = nodeReference(image);
  if (reference === undefined) return undefined;
  const { host, repository } = placeOf(reference);
  const { digest } = reference;
  const tag = pulledTag(reference);
  return { repository: { registry: canonicalHost(host), name: repository }, tag, digest };
}

/** An OCI image layout: skopeo writes its images as `oci:DIR:NAME`. */
const layout = /^oci(-archive)?:/;

/** Formats the name of a repository with its registry. */
export function formatRepository({ registry, name }: Repository): string {
  return layout.test(registry) ? `${registry}:${name}` : `${registry}/${name}`;
}

/** Formats an image with its registry, tag and digest. */
export function formatLocated(located: Located): string {
  return formatRepository(located.repository) + formatTagAndDigest(located);
}

/** Returns what a registry is asked for: the digest if there is one, else the tag. */
export function referenceOf({ tag, digest }: Located): string {
  return digest ?? tag ?? 'latest';
}

/** Returns what an image is written to the mirror as: its tag if it has one, else its digest. */
export function writtenReference({ tag, digest }: Located): string {
  return tag ?? digest ?? 'latest';
}

/**
 * SharedRepositories gives the images of a repository one object for it: lists have hundreds of
 * thousands of images.
 */
export class SharedRepositories {
  readonly #known = new Map<string, Repository>();

  /** Returns the image with the object that all images of its repository share. */
  share(located: Located): Located {
    const key = formatRepository(located.repository);
    const repository = this.#known.get(key) ?? located.repository;
    this.#known.set(key, repository);
    return { repository, tag: located.tag, digest: located.digest };
  }
}
