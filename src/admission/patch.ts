import type { RulesFile } from '../rules/schema.ts';
import { annotation } from '../workload/annotations.ts';
import { listImages, podSpecPointers } from '../workload/images.ts';
import { annotationRoom, maxAnnotations } from './annotation-room.ts';
import type { PodDecision, PodDecisions } from './decide-pod.ts';
import { isMarked, markOf } from './mark.ts';
import type { Pod } from './request.ts';

/** PatchOperation is an operation of a JSON Patch (RFC 6902). */
export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

/** PatchContext is what a patch depends on besides the Pod and the decisions. */
export interface PatchContext {
  readonly annotate: RulesFile['annotate'];
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
  { annotate, body, isNew }: PatchContext,
): PatchOperation[] {
  const rewritten = decisions.filter(({ decision }) => decision.action === 'rewrite');
  const images = rewritten.map(({ pointer, decision }): PatchOperation => {
    return { op: 'replace', path: podSpecPointers.Pod + pointer, value: decision.image };
  });
  const replacements = isNew ? images.concat(addPullSecrets(pod, rewritten)) : images;
  const annotations = new Map<string, string>();
  const mark = newMark(pod, decisions, marks);
  if (mark !== undefined) annotations.set(annotation.direct, mark);
  const originals = annotate ? originalImages(pod, rewritten) : undefined;
  if (originals !== undefined) annotations.set(annotation.originalImages, originals);
  if (annotations.size === 0) return replacements;
  return [
    ...replacements,
    ...annotationOperations(pod, fitting(annotations, annotationRoom(body, pod))),
  ];
}

/** Adds what rewritten images need to be pulled to what the Pod has; nothing is replaced. */
function addPullSecrets(pod: Pod, rewritten: readonly PodDecision[]): PatchOperation[] {
  // By rule: a Pod may have many more images than the file has rules.
  const rules = new Set(rewritten.map(({ decision }) => decision.rule));
  const wanted = new Set([...rules].flatMap((rule) => rule?.pullSecrets ?? []));
  if (wanted.size === 0) return [];
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
function newMark(
  pod: Pod,
  decisions: readonly PodDecision[],
  marks: ReadonlySet<string>,
): string | undefined {
  const bypassed = decisions.filter(({ decision }) => decision.reason === 'bypass');
  if (decisions.length === 0 || (marks.size === 0 && bypassed.length === 0)) return undefined;
  const length = bypassed.reduce((sum, each) => sum + each.place.length + each.image.length, 0);
  // No Pod can carry it: it is not worth the time to write it.
  if (length > maxAnnotations) return undefined;
  const added = bypassed.map((placed) => markOf(placed, placed.decision.image));
  const mark = [...new Set([...keptEntries(pod, marks), ...added])].join(' ');
  return mark === [...marks].join(' ') ? undefined : mark;
}

/** Returns the entries of a Pod's mark whose image is still in its place. */
function keptEntries(pod: Pod, marks: ReadonlySet<string>): string[] {
  if (marks.size === 0) return [];
  const images = listImages(pod.spec).filter(
    (placed) => placed.isPulled && isMarked(marks, placed),
  );
  return images.map((placed) => markOf(placed, placed.image));
}

/**
 * Returns the annotation with the originals of what was rewritten; undefined if others wrote
 * something else there, which is not ours to replace.
 */
function originalImages(pod: Pod, rewritten: readonly PodDecision[]): string | undefined {
  if (rewritten.length === 0) return undefined;
  const before = pod.metadata?.annotations?.[annotation.originalImages];
  const added = rewritten.reduce((sum, { place, image }) => sum + place.length + image.length, 0);
  if (added + String(before ?? '').length > maxOriginals) return undefined;
  const originals = before === undefined ? new Map<string, unknown>() : parseOriginals(before);
  if (originals === undefined) return undefined;
  for (const { place, image } of rewritten) originals.set(originalKey(place), image);
  return JSON.stringify(Object.fromEntries(originals));
}

/** Containers share one space of names; volumes have their own. */
function originalKey(place: string): string {
  return place.startsWith('v/') ? `volumes/${place.slice(2)}` : place.slice(2);
}

/**
 * More than the originals of any Pod that is run, in characters; all are parsed and written again
 * at every change.
 */
const maxOriginals = 64 * 1024;

/**
 * Parses the annotation. Returns undefined for what this webhook does not write: it writes only a
 * mapping of texts.
 */
function parseOriginals(value: unknown): Map<string, unknown> | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
    const originals = new Map<string, unknown>(Object.entries(parsed));
    return [...originals.values()].every((each) => typeof each === 'string')
      ? originals
      : undefined;
  } catch {
    return undefined;
  }
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
