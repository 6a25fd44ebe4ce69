import type { PlacedImage } from '../workload/images.ts';
import { annotation, type Pod } from './request.ts';

/*
 * A bypass leaves a mark, or the same request's second round (reinvocation) would send `busybox`, just taken back from
 * `direct.to/busybox`, to the mirror after all.
 */

/** One entry of the mark: the place and the image that it got. */
export function markOf({ place }: PlacedImage, image: string): string {
  return `${place}=${image}`;
}

/** The entries of a Pod's mark. */
export function readMarks(pod: Pod): ReadonlySet<string> {
  const value = pod.metadata?.annotations?.[annotation.direct];
  if (typeof value !== 'string' || value === '') return none;
  return new Set(value.split(' ').filter((entry) => entry !== ''));
}

const none: ReadonlySet<string> = new Set();
