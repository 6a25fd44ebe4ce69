import type { Outcome } from '../../src/mirror/outcome.ts';
import type { PlannedImage } from '../../src/mirror/plan.ts';

/** Returns an image `NAME:1` as a plan has it. */
export function plannedImage(name: string, action: PlannedImage['action'] = 'copy'): PlannedImage {
  return {
    destination: { repository: { registry: 'm.example', name }, tag: '1', digest: undefined },
    listed: [{ image: `${name}:1`, isRepository: false, place: 'l:1' }],
    action,
    why: action === 'copy' ? 'missing' : 'equal',
    origins: [],
    sourceDigest: undefined,
    mirrorDigest: undefined,
    copyDigest: undefined,
    isIndex: undefined,
    isWhole: false,
    stands: false,
    isNewRepository: false,
  };
}

/** Returns an outcome of a planned image: copied in a millisecond, unless `more` differs. */
export function outcomeOf(planned: PlannedImage, more: Partial<Outcome> = {}): Outcome {
  return {
    planned,
    status: 'copied',
    digest: undefined,
    originDigest: undefined,
    uploaded: 0,
    mounted: 0,
    unmounted: 0,
    referrers: 0,
    milliseconds: 1,
    warnings: [],
    ...more,
  };
}
