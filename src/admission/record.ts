import type { RulesFile } from '../rules/schema.ts';
import { annotation } from '../workload/annotations.ts';
import { listImages, type PlacedImage } from '../workload/images.ts';
import type { AdmissionRequest, Pod } from './request.ts';
import { type ImageMeaning, isSameImage, isStillImage, meaningOf } from './same-image.ts';

/*
 * With `annotate: true`, two annotations record each image that was rewritten, as it was and as it
 * became. With them, an update that writes an original again (`kubectl apply` of an unchanged file)
 * can be distinguished from one that writes another image. Otherwise a rule that has changed since
 * would restart the container for nothing.
 */

/**
 * Returns the annotations with what was rewritten now added; none if others wrote something else
 * there, which is not ours to replace.
 */
export function recordOf(pod: Pod, rewritten: readonly Rewritten[]): [string, string][] {
  if (rewritten.length === 0) return [];
  const { annotations } = pod.metadata ?? {};
  const originals = withImages(
    annotations?.[annotation.originalImages],
    rewritten.map(({ place, image }) => [place, image]),
  );
  const became = withImages(
    annotations?.[annotation.rewrittenImages],
    rewritten.map(({ place, decision }) => [place, decision.image]),
  );
  if (originals === undefined || became === undefined) return [];
  return [
    [annotation.originalImages, originals],
    [annotation.rewrittenImages, became],
  ];
}

/** Rewritten is an image and what was decided for it. */
interface Rewritten {
  readonly place: string;
  readonly image: string;
  readonly decision: { readonly image: string };
}

type Placed = readonly [place: string, image: string];

function withImages(before: unknown, added: readonly Placed[]): string | undefined {
  const size = added.reduce((sum, [place, image]) => sum + place.length + image.length, 0);
  const length = typeof before === 'string' ? before.length : 0;
  if (size + length > maxRecord) return undefined;
  const images = before === undefined ? new Map<string, string>() : parseRecord(before);
  if (images === undefined) return undefined;
  for (const [place, image] of added) images.set(keyOf(place), image);
  return JSON.stringify(Object.fromEntries(images));
}

/** Containers share one space of names; volumes have their own. */
function keyOf(place: string): string {
  return place.startsWith('v/') ? `volumes/${place.slice(2)}` : place.slice(2);
}

/**
 * More than the images of any Pod that is run, in characters; all are parsed and written again at
 * every change.
 */
const maxRecord = 64 * 1024;

/**
 * Parses an annotation. Returns undefined for what this webhook does not write: it writes only a
 * mapping of texts.
 */
function parseRecord(value: unknown): Map<string, string> | undefined {
  if (typeof value !== 'string' || value.length > maxRecord) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
    const entries = Object.entries(parsed);
    return entries.every(([, each]) => typeof each === 'string') ? new Map(entries) : undefined;
  } catch {
    return undefined;
  }
}

/** RecordedImages knows what runs in a Pod that is updated, and from which originals it was made. */
export interface RecordedImages {
  /** Returns the image that runs in a place if the one that is written there is its original. */
  runningImage(written: PlacedImage): string | undefined;
}

/**
 * Reads the record of a Pod that is updated; undefined if there is none, or the rules want none.
 * The record counts only for an image that the old Pod has in the same place, so a forged one can
 * do no more than leave an image as it is.
 */
export function recordedImages(
  { operation, oldPod }: AdmissionRequest,
  { annotate }: Pick<RulesFile, 'annotate'>,
): RecordedImages | undefined {
  if (annotate !== true || operation !== 'UPDATE' || oldPod === undefined) return undefined;
  const { annotations } = oldPod.metadata ?? {};
  const originals = meaningsIn(annotations?.[annotation.originalImages]);
  const rewritten = meaningsIn(annotations?.[annotation.rewrittenImages]);
  const running = new Map<string, string>();
  for (const { place, image } of listImages(oldPod.spec)) {
    const became = rewritten.get(keyOf(place));
    if (became !== undefined && isStillImage(became, image)) running.set(place, image);
  }
  return {
    runningImage({ place, image }) {
      const original = originals.get(keyOf(place));
      return original !== undefined && isSameImage(original, image)
        ? running.get(place)
        : undefined;
    },
  };
}

function meaningsIn(value: unknown): ReadonlyMap<string, ImageMeaning> {
  const images = parseRecord(value) ?? new Map<string, string>();
  return new Map([...images].map(([key, image]) => [key, meaningOf(image)]));
}
