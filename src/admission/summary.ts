import type { PodDecision } from './decide-pod.ts';
import type { AdmissionRequest } from './request.ts';

/** What a log line says of a review that changed or refused something: never the Pod. */
export interface ReviewSummary {
  readonly message: 'rewrote' | 'denied';
  readonly fields: object;
}

/** A review, or images that were asked for without a Pod. */
interface Summarized {
  readonly request?: AdmissionRequest;
  readonly decisions: readonly (Pick<PodDecision, 'image' | 'decision'> &
    Partial<Pick<PodDecision, 'place'>>)[];
}

/** Undefined for a review that changed nothing. */
export function summarizeReview({ request, decisions }: Summarized): ReviewSummary | undefined {
  const changed = decisions.filter(({ decision }) => decision.action !== 'keep');
  if (changed.length === 0) return undefined;
  const { uid, namespace, name, operation }: Partial<AdmissionRequest> = request ?? {};
  const isDenied = changed.some(({ decision }) => decision.action === 'deny');
  const images = changed.map(({ place, image, decision }) => ({
    at: place,
    from: image,
    to: decision.action === 'deny' ? null : decision.image,
    rule: decision.rule?.from ?? null,
  }));
  const fields = { uid, namespace, name, operation, images };
  return { message: isDenied ? 'denied' : 'rewrote', fields };
}
