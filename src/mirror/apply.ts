import { RegistryError } from '../registry/registry-error.ts';
import { BlobClaims } from './blob-claims.ts';
import { forEachAtOnce, Slots } from './concurrency.ts';
import { copyImage } from './copy-image.ts';
import type { Copying } from './copying.ts';
import { EventQueue } from './event-queue.ts';
import { explainFailure } from './explain-failure.ts';
import type { MirrorEvent } from './mirror-event.ts';
import type { Outcome } from './outcome.ts';
import type { Plan, PlannedImage } from './plan.ts';
import type { PullBudget } from './pull-budget.ts';
import { isRechecked, recheckReferrers } from './recheck-referrers.ts';

/** The most images and blobs that are copied at once. A client may allow fewer requests. */
const imagesAtOnce = 16;
const blobsAtOnce = 16;

/** ApplyOptions are what a run needs in addition to its plan. */
export interface ApplyOptions extends Omit<Copying, 'claims' | 'blobSlots' | 'emit'> {
  readonly budget: PullBudget;
}

/**
 * Copies what a plan says, and yields what happens; each image ends with `finished`. It goes on
 * after errors. What is done stays done if the run is stopped at any moment: the tag of an image
 * comes last.
 */
export function applyPlan({ images }: Plan, options: ApplyOptions): AsyncIterable<MirrorEvent> {
  const events = new EventQueue<MirrorEvent>();
  const copying: Copying = {
    ...options,
    claims: new BlobClaims(),
    blobSlots: new Slots(blobsAtOnce),
    emit: (event) => events.push(event),
  };
  const run = forEachAtOnce(images, imagesAtOnce, async (planned) => {
    if (planned.action === 'copy') events.push({ type: 'started', planned });
    const outcome = await outcomeOf(planned, copying, options.budget);
    events.push({ type: 'finished', outcome });
  });
  // It does not fail: each image has its outcome.
  void run.finally(() => events.close());
  return events;
}

async function outcomeOf(
  planned: PlannedImage,
  copying: Copying,
  budget: PullBudget,
): Promise<Outcome> {
  const { mirrorDigest, sourceDigest, message } = planned;
  const started = performance.now();
  const nothing = {
    planned,
    digest: mirrorDigest,
    originDigest: sourceDigest,
    uploaded: 0,
    mounted: 0,
    unmounted: 0,
    referrers: 0,
    milliseconds: 0,
    warnings: [],
  };
  if (planned.why === 'not-asked') return { ...nothing, status: 'interrupted', message };
  if (planned.why === 'no-pulls') return { ...nothing, status: 'deferred', message };
  if (planned.action === 'impossible') return { ...nothing, status: 'failed', message };
  const isDone = planned.action === 'nothing' && !isRechecked(planned, copying);
  if (isDone) return { ...nothing, status: 'present' };
  if (copying.signal.aborted) return { ...nothing, status: 'interrupted' };
  const [origin] = planned.origins;
  const wait = origin && budget.whyWait(origin);
  if (wait !== undefined) return { ...nothing, status: 'deferred', message: wait };
  try {
    if (planned.action === 'nothing') {
      const { added, warnings } = await recheckReferrers(planned, copying);
      const found = { referrers: added, warnings, ...since(started) };
      return { ...nothing, ...found, status: 'present' };
    }
    const { isNew, ...copied } = await copyImage(planned, copying);
    return { ...nothing, ...copied, status: isNew ? 'copied' : 'present', ...since(started) };
  } catch (error) {
    return { ...nothing, ...failureOf(error, planned, copying), ...since(started) };
  }
}

function since(started: number): Pick<Outcome, 'milliseconds'> {
  return { milliseconds: Math.round(performance.now() - started) };
}

function failureOf(
  error: unknown,
  planned: PlannedImage,
  { signal }: Copying,
): Pick<Outcome, 'status' | 'message'> {
  if (signal.aborted) return { status: 'interrupted', message: 'the run was stopped' };
  if (error instanceof RegistryError && error.isRateLimit)
    return { status: 'deferred', message: error.message };
  return { status: 'failed', message: explainFailure(error, planned) };
}
