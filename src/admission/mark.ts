import type { Budget } from '../rules/budget.ts';
import { annotation } from '../workload/annotations.ts';
import type { PlacedImage } from '../workload/images.ts';
import { readEntries } from './annotation-entries.ts';
import type { Pod } from './request.ts';

/*
 * A bypass leaves a mark, or the same request's second round (reinvocation) would send `busybox`,
 * just taken back from `direct.to/busybox`, to the mirror after all.
 */

/** Returns one entry of the mark: the place and the image that it got. */
export function markOf({ place }: Pick<PlacedImage, 'place'>, image: string): string {
  return `${place}=${image}`;
}

/**
 * A letter, a slash and a name: those of containers and volumes have at most 63 characters (RFC
 * 1123).
 */
const maxPlace = 65;

/** Reports whether the mark names the place with the image that is in it. */
export function isMarked(marks: ReadonlySet<string>, placed: PlacedImage): boolean {
  return (
    marks.size > 0 && placed.place.length <= maxPlace && marks.has(markOf(placed, placed.image))
  );
}

/** Returns the entries of a Pod's mark. */
export function readMarks(pod: Pod, budget: Budget): ReadonlySet<string> {
  return readEntries(pod.metadata?.annotations?.[annotation.direct], /[^ ]+/g, budget);
}
