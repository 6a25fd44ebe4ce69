import { ecrRegistry } from '../reference/ecr-registry.ts';
import type { Located } from './located.ts';

/** A tag has 128 characters at most. */
const mostHex = 120;

/**
 * Gives an image without a tag one, if it goes to Amazon ECR: lifecycle policies delete what has
 * none. `sha256-<hex>` is the tag of an image's referrers, so it is another one.
 */
export function withKeepingTag(located: Located): Located {
  const { repository, tag, digest } = located;
  if (tag !== undefined || digest === undefined || ecrRegistry(repository.registry) === undefined)
    return located;
  return { ...located, tag: keepingTagOf(digest) };
}

/** Returns the tag that an image without one gets at Amazon ECR. */
export function keepingTagOf(digest: string): string {
  const hex = digest.slice(digest.indexOf(':') + 1);
  return `detour-${hex.slice(0, mostHex)}`;
}
