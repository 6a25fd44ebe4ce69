import type { Budget } from '../rules/budget.ts';
import { annotation } from '../workload/annotations.ts';
import type { PlacedImage } from '../workload/images.ts';
import { readEntries } from './annotation-entries.ts';
import type { Pod } from './request.ts';
import { type ImageMeaning, isStillImage, meaningOf } from './same-image.ts';

/*
 * A bypass leaves a mark, or the same request's second round (reinvocation) would send `busybox`,
 * just taken back from `direct.to/busybox`, to the mirror after all.
 */

/** Marks holds the image that each place of a mark got when it was sent to its origin. */
export type Marks = ReadonlyMap<string, ImageMeaning>;

/** Returns one entry of the mark: the place and the image that it got. */
export function markOf(place: string, image: string): string {
  return `${place}=${image}`;
}

/**
 * Reports whether the mark names the place with the image that is in it, which another webhook may
 * have spelled in its own way since.
 */
export function isMarked(marks: Marks, { place, image }: PlacedImage): boolean {
  const marked = marks.get(place);
  return marked !== undefined && isStillImage(marked, image);
}

/** Reads a Pod's mark. Of two entries for one place, which only a forger writes, the first counts. */
export function readMarks(pod: Pod, budget: Budget): Marks {
  const entries = readEntries(pod.metadata?.annotations?.[annotation.direct], /[^ ]+/g, budget);
  const marks = new Map<string, ImageMeaning>();
  for (const entry of entries) {
    const [place, image] = splitEntry(entry);
    if (!marks.has(place)) marks.set(place, meaningOf(image));
  }
  return marks;
}

/** Splits at the last `=`, as no reference has one; an entry without it marks nothing. */
function splitEntry(entry: string): [place: string, image: string] {
  const end = entry.lastIndexOf('=');
  return end === -1 ? [entry, ''] : [entry.slice(0, end), entry.slice(end + 1)];
}
