import type { Decision } from '../../src/decision/decide.ts';
import type { Result, Trial } from './try-input.ts';

/** CountedTrials are trials, and which of them have which action. */
export interface CountedTrials extends Readonly<Record<Decision['action'], readonly number[]>> {
  readonly trials: readonly Trial[];
}

/** noTrials are the counts before anything is tried. */
export const noTrials: CountedTrials = { trials: [], rewrite: [], keep: [], deny: [] };

/** Sorts what is tried by its action. */
export function* countTrials({
  trials,
}: Pick<Result, 'trials'>): Generator<undefined, CountedTrials> {
  const byAction: Record<Decision['action'], number[]> = { rewrite: [], keep: [], deny: [] };
  for (const [index, { decision }] of trials.entries()) {
    byAction[decision.action].push(index);
    yield;
  }
  return { trials, ...byAction };
}
