import { applyEdits, editFor } from '../../src/manifest/rewrite-images.ts';
import type { Trial } from './try-input.ts';

/** Characters of a text, from and to. */
export type Range = readonly [from: number, to: number];

/** A manifest as it is pulled, and what differs in each of the two texts. */
export interface BeforeAfter {
  readonly after: string;
  readonly changedBefore: readonly Range[];
  readonly changedAfter: readonly Range[];
}

export function beforeAfter(text: string, trials: readonly Trial[]): BeforeAfter {
  const edits = trials.flatMap(({ source, decision }) =>
    source !== undefined && decision.action === 'rewrite'
      ? [editFor(text, source, decision.image)]
      : [],
  );
  let grown = 0;
  const changedAfter = edits.map((edit): Range => {
    const from = edit.start + grown;
    grown += edit.text.length - (edit.end - edit.start);
    return [from, from + edit.text.length];
  });
  return {
    after: applyEdits(text, edits),
    changedBefore: edits.map(({ start, end }): Range => [start, end]),
    changedAfter,
  };
}
