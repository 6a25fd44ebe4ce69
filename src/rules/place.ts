import { canonicalHost, dockerHub, officialPrefix } from '../reference/docker-hub.ts';
import type { Reference } from '../reference/reference.ts';

/** Place is where an image is, or a name that images can be below, as rules see it. */
export interface Place {
  /** In lower case, Docker Hub under one name. */
  readonly host: string;
  readonly repository: string;
  /** `:tag` or `@digest`, or empty for a name; undefined if `image` has them (`suffixOf`). */
  readonly suffix: string | undefined;
  readonly image?: Pick<Reference, 'tag' | 'digest'>;
}

/**
 * Returns the place of an image. Docker Hub's official images are in `library/` under each of its
 * names.
 */
export function placeOf(image: Reference): Place {
  const { registry, repository } = image;
  const host = canonicalHost(registry);
  const isOfficial = host === dockerHub && registry !== dockerHub && !repository.includes('/');
  return {
    host,
    repository: isOfficial ? officialPrefix + repository : repository,
    suffix: undefined,
    image,
  };
}

/**
 * Returns `@digest`, else `:tag`, which is `:latest` if an image names none; empty for a name. It is
 * made when it is asked for, as few rules are for one image.
 */
export function suffixOf({ suffix, image }: Place): string {
  if (suffix !== undefined) return suffix;
  return image?.digest === undefined ? `:${image?.tag ?? 'latest'}` : `@${image.digest}`;
}
