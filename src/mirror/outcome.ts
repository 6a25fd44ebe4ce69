import type { PlannedImage } from './plan.ts';

/** Outcome is what became of a planned image. */
export interface Outcome {
  readonly planned: PlannedImage;
  readonly status:
    | 'copied'
    | 'present' // the mirror had it
    | 'failed'
    | 'deferred' // for another run: the origin allows no more pulls now
    | 'interrupted'; // for another run: this one was stopped
  /** The digest that the mirror has now, as it said when it was asked at the end. */
  readonly digest: string | undefined;
  /** The digest at the origin: another one if platforms were left out. */
  readonly originDigest: string | undefined;
  /** In bytes: what was uploaded, and what the mirror had or mounted from another repository. */
  readonly uploaded: number;
  readonly mounted: number;
  /** The part of `uploaded` that the registry had in another repository and did not mount. */
  readonly unmounted: number;
  /** How many signatures, attestations and SBOMs the mirror got. */
  readonly referrers: number;
  readonly milliseconds: number;
  /** For what is not there: what is wrong, and what to do. */
  readonly message?: string | undefined;
  /** Problems that do not keep the image from working, such as a signature that was refused. */
  readonly warnings: readonly string[];
}

/** Reports whether the mirror has the image. */
export function isThere({ status }: Pick<Outcome, 'status'>): boolean {
  return status === 'copied' || status === 'present';
}
