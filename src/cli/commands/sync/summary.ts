import { hasChangedDigest } from '../../../mirror/changed-digest.ts';
import type { Finding } from '../../../mirror/finding.ts';
import { isThere, type Outcome } from '../../../mirror/outcome.ts';

/** Summary is a run in numbers. */
export interface Summary {
  readonly images: number;
  readonly copied: number;
  readonly present: number;
  readonly failed: number;
  /** Left for another run: the origin allows no more pulls, or the run was stopped. */
  readonly left: number;
  /** Listed images that have no place in the mirror. */
  readonly findings: number;
  /** Images that have another digest than at their origin, because platforms were left out. */
  readonly changedDigests: number;
  /** In bytes. */
  readonly uploaded: number;
  readonly mounted: number;
  /** Signatures, attestations and SBOMs that the mirror got. */
  readonly referrers: number;
  readonly milliseconds: number;
}

/** Counts what became of the images. */
export function summarize(
  outcomes: readonly Outcome[],
  findings: readonly Finding[],
  milliseconds: number,
): Summary {
  const sum = (name: 'uploaded' | 'mounted' | 'referrers') =>
    outcomes.reduce((total, outcome) => total + outcome[name], 0);
  return {
    images: outcomes.length,
    ...countStates(outcomes),
    findings: findings.filter(isLack).length,
    changedDigests: outcomes.filter(hasChangedDigest).length,
    uploaded: sum('uploaded'),
    mounted: sum('mounted'),
    referrers: sum('referrers'),
    milliseconds: Math.round(milliseconds),
  };
}

/** Counts images by what became of them. */
export function countStates(
  outcomes: readonly Pick<Outcome, 'status'>[],
): Pick<Summary, 'copied' | 'present' | 'failed' | 'left'> {
  const count = (...statuses: readonly Outcome['status'][]) =>
    outcomes.filter(({ status }) => statuses.includes(status)).length;
  return {
    copied: count('copied'),
    present: count('present'),
    failed: count('failed'),
    left: count('deferred', 'interrupted'),
  };
}

/** Reports whether an image is missing: some are left out on purpose, such as those of `sync.never`. */
export function isLack({ code }: Finding): boolean {
  return code !== 'never' && code !== 'own';
}

/** The exit code of a run that did a part of its work. */
export const partCode = 3;

/** Returns 0 if everything listed is there, 3 if a part of it is, 1 if nothing is. */
export function exitCodeOf(outcomes: readonly Outcome[], findings: readonly Finding[]): number {
  const there = outcomes.filter(isThere).length;
  const lacks = outcomes.length - there + findings.filter(isLack).length;
  if (lacks === 0) return 0;
  return there === 0 ? 1 : partCode;
}
