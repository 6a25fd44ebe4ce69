import { nodeReference, type Reference } from '../../src/reference/reference.ts';
import { hostOf, whole } from './decision-model.ts';

/* When two texts are one image, by docs/rules.md; see review-model.ts. */

/** Reports whether an image is one of before, perhaps with a digest for its tag. */
export function isStill(before: string, image: string): boolean {
  const [one, other] = [nodeReference(before), nodeReference(image)];
  if (one === undefined || other === undefined) return before === image;
  const tags = [pulledTag(one), pulledTag(other)].filter((tag) => tag !== undefined);
  const keepsDigest = one.digest === undefined || one.digest === other.digest;
  return nameOf(one) === nameOf(other) && new Set(tags).size <= 1 && keepsDigest;
}

/** Reports whether two texts are one image. */
export function isSame(one: string, other: string): boolean {
  return isStill(one, other) && isStill(other, one) && hasTag(one) === hasTag(other);
}

/** Reports whether a tag says what is pulled, be it alone or with a digest. */
function hasTag(image: string): boolean {
  const reference = nodeReference(image);
  return reference !== undefined && pulledTag(reference) !== undefined;
}

function nameOf({ registry, repository }: Reference): string {
  const host = hostOf(registry);
  return `${host}/${whole(host, repository)}`;
}

function pulledTag({ tag, digest }: Reference): string | undefined {
  return digest === undefined ? (tag ?? 'latest') : tag;
}
