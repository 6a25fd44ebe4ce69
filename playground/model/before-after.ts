import { applyEdits, editFor } from '../../src/manifest/rewrite-images.ts';
import type { Trial } from './try-input.ts';

/** Range is the offsets of a part of a text: of its first character, and after its last. */
export type Range = readonly [from: number, to: number];

/** BeforeAfter is a manifest as it is pulled, and what differs in each of the two texts. */
export interface BeforeAfter {
  readonly after: string;
  readonly changedBefore: readonly Range[];
  readonly changedAfter: readonly Range[];
}

/** Applies the decisions of `trials` to the manifest that they were found in. */
export function beforeAfter(text: string, trials: readonly Trial[]): BeforeAfter {
  const edits = trials.flatMap(({ source, decision }) =>
    source !== undefined && decision.action === 'rewrite'
      ? [editFor(text, source, decision.image)]
      : [],
  );
  let growth = 0;
  const changedAfter = edits.map((edit): Range => {
    const from = edit.start + growth;
    growth += edit.text.length - (edit.end - edit.start);
    return [from, from + edit.text.length];
  });
  return {
    after: applyEdits(text, edits),
    changedBefore: edits.map(({ start, end }): Range => [start, end]),
    changedAfter,
  };
}
