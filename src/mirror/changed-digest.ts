import { isThere, type Outcome } from './outcome.ts';
import type { PlannedImage } from './plan.ts';
import type { Platforms } from './platforms.ts';

/*
 * A copy of an index without some of its platforms is another index, with another digest. References
 * by the digest of the original then fail at the mirror, so a run reports how many images those are.
 */

/** The reasons that are given for an image after it was compared with its origin. */
const compared: ReadonlySet<PlannedImage['why']> = new Set(['missing', 'changed', 'equal']);

/**
 * Reports whether the mirror gets an image with another digest than its origin has; undefined if
 * that is not known before its index is read.
 */
export function willChangeDigest(planned: PlannedImage, platforms: Platforms): boolean | undefined {
  const { action, why, isWhole, isIndex, sourceDigest, copyDigest, mirrorDigest } = planned;
  if (platforms === 'all' || isWhole || isIndex === false || !compared.has(why)) return false;
  if (copyDigest !== undefined) return copyDigest !== sourceDigest;
  return action === 'nothing' && mirrorDigest === sourceDigest ? false : undefined;
}

/** Reports whether the mirror has an image with another digest than its origin. */
export function hasChangedDigest({ planned, digest, originDigest, ...outcome }: Outcome): boolean {
  const isCompared = isThere(outcome) && compared.has(planned.why);
  return isCompared && originDigest !== undefined && digest !== originDigest;
}
