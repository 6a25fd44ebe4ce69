import type { Registries } from '../rules/registries.ts';
import type { RulesFile } from '../rules/schema.ts';
import { annotation } from '../workload/annotations.ts';
import { listImages, podSpecPointers } from '../workload/images.ts';
import { annotationRoom, maxAnnotations } from './annotation-room.ts';
import type { PodDecision, PodDecisions } from './decide-pod.ts';
import { isMarked, type Marks, markOf } from './mark.ts';
import { neededPullSecrets } from './pull-secrets.ts';
import { recordOf } from './record.ts';
import type { Pod } from './request.ts';
import type { ImageMeaning } from './same-image.ts';

/** PatchOperation is an operation of a JSON Patch (RFC 6902). */
export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

/** PatchContext is what a patch depends on besides the Pod and the decisions. */
export interface PatchContext {
  readonly annotate: RulesFile['annotate'];
  readonly registries: Registries;
  /** Whether the Pod is new: the pull secrets of one that exists cannot be changed. */
  readonly isNew: boolean;
  /** The text of the review. */
  readonly body: string;
}

/**
 * Builds one `replace` for each image that changes, and the annotations that go with it. Nothing
 * else in the object is touched: fields that this version does not know survive.
 */
export function buildPatch(
  pod: Pod,
  { decisions, marks }: PodDecisions,
  { annotate, registries, body, isNew }: PatchContext,
): PatchOperation[] {
  const rewritten = decisions.filter(({ decision }) => decision.action === 'rewrite');
  const images = rewritten.map(({ pointer, decision }): PatchOperation => {
    return { op: 'replace', path: podSpecPointers.Pod + pointer, value: decision.image };
  });
  const secrets = isNew ? neededPullSecrets(decisions, registries) : noSecrets;
  const replacements = secrets.size > 0 ? images.concat(addPullSecrets(pod, secrets)) : images;
  const annotations = new Map<string, string>();
  const mark = newMark(pod, decisions, marks);
  if (mark !== undefined) annotations.set(annotation.direct, mark);
  if (annotate) for (const [key, value] of recordOf(pod, rewritten)) annotations.set(key, value);
  if (annotations.size === 0) return replacements;
  return [
    ...replacements,
    ...annotationOperations(pod, fitting(annotations, annotationRoom(body, pod))),
  ];
}

const noSecrets: ReadonlySet<string> = new Set();

/** Adds pull secrets to those that the Pod has; nothing is replaced. */
function addPullSecrets(pod: Pod, wanted: ReadonlySet<string>): PatchOperation[] {
  const list = (pod.spec as { imagePullSecrets?: unknown } | undefined)?.imagePullSecrets;
  const path = `${podSpecPointers.Pod}/imagePullSecrets`;
  if (!Array.isArray(list)) {
    return [{ op: 'add', path, value: [...wanted].map((name) => ({ name })) }];
  }
  const present = new Set(list.map((item: { name?: unknown } | undefined) => item?.name));
  const missing = [...wanted].filter((name) => !present.has(name));
  return missing.map((name) => ({ op: 'add', path: `${path}/-`, value: { name } }));
}

/**
 * Returns the annotations that still fit, the mark first: a Pod without them is better than one
 * that is refused for them.
 */
function fitting(annotations: ReadonlyMap<string, string>, room: number): Map<string, string> {
  const fits = new Map<string, string>();
  let left = room;
  for (const [key, value] of annotations) {
    left -= new TextEncoder().encode(key + value).length;
    if (left >= 0 || value === '') fits.set(key, value);
  }
  return fits;
}

/**
 * Returns the mark as it must be now, undefined if it stays: with the places just sent to their
 * origin, without those that have another image by now, which nobody meant to bypass when it comes
 * back.
 */
function newMark(pod: Pod, decisions: readonly PodDecision[], marks: Marks): string | undefined {
  const bypassed = decisions.filter(({ decision }) => decision.reason === 'bypass');
  if (decisions.length === 0 || (marks.size === 0 && bypassed.length === 0)) return undefined;
  const length = bypassed.reduce((sum, each) => sum + each.place.length + each.image.length, 0);
  // No Pod can carry it: it is not worth the time to write it.
  if (length > maxAnnotations) return undefined;
  const kept = keptPlaces(pod, marks);
  const stay = [...marks].filter(([place]) => kept.has(place));
  const added = bypassed.map(({ place, decision }) => markOf(place, decision.image));
  const mark = [...new Set([...formatMarks(stay), ...added])].join(' ');
  return mark === formatMarks([...marks]).join(' ') ? undefined : mark;
}

function formatMarks(marks: readonly (readonly [string, ImageMeaning])[]): string[] {
  return marks.map(([place, { text }]) => markOf(place, text));
}

/** Returns the places of a Pod's mark whose image is still in them. */
function keptPlaces(pod: Pod, marks: Marks): ReadonlySet<string> {
  if (marks.size === 0) return new Set();
  const marked = listImages(pod.spec).filter(
    (placed) => placed.isPulled && isMarked(marks, placed),
  );
  return new Set(marked.map(({ place }) => place));
}

function annotationOperations(
  { metadata }: Pod,
  annotations: ReadonlyMap<string, string>,
): PatchOperation[] {
  // Every Pod has metadata. Where it is missing, an operation below it would not apply, and the
  // user would get a 500.
  if (annotations.size === 0 || metadata === undefined) return [];
  if (metadata.annotations === undefined) {
    const value = Object.fromEntries([...annotations].filter(([, text]) => text !== ''));
    return [{ op: 'add', path: '/metadata/annotations', value }];
  }
  return [...annotations].map(([key, value]) => {
    const path = `/metadata/annotations/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return value === '' ? { op: 'remove', path } : { op: 'add', path, value };
  });
}
