import { cutText } from './cut-text.ts';
import type { PodDecision } from './decide-pod.ts';
import type { AdmissionRequest } from './request.ts';

/**
 * ReviewSummary is what the log says of a review that changed or refused something, or could not
 * decide all of it: never the Pod.
 */
export interface ReviewSummary {
  readonly message: 'rewrote' | 'denied' | 'left undecided';
  readonly fields: object;
}

/** A review, or images that were asked for without a Pod. */
interface Summarized {
  readonly request?: AdmissionRequest;
  readonly decisions: readonly (Pick<PodDecision, 'image' | 'decision'> &
    Partial<Pick<PodDecision, 'place'>>)[];
}

/** As many as warnings name. A Pod's author must not decide how long a log line gets. */
const maxImages = 10;

/** Summarizes a review, or returns undefined if it changed nothing. */
export function summarizeReview({ request, decisions }: Summarized): ReviewSummary | undefined {
  const denied = decisions.filter(({ decision }) => decision.action === 'deny');
  const changed = [...denied, ...decisions.filter(({ decision }) => decision.action === 'rewrite')];
  const undecided = decisions.filter(({ decision }) => decision.reason === 'over-budget').length;
  if (changed.length === 0 && undecided === 0) return undefined;
  const { uid, namespace, name, operation }: Partial<AdmissionRequest> = request ?? {};
  const images = changed.slice(0, maxImages).map(({ place, image, decision }) => ({
    at: place && cutText(place),
    from: cutText(image),
    to: decision.action === 'deny' ? null : cutText(decision.image),
    rule: decision.rule ? cutText(decision.rule.from) : null,
  }));
  const more = changed.length > maxImages ? changed.length - maxImages : undefined;
  const fields = {
    uid,
    namespace,
    name,
    operation,
    images,
    more,
    ...(undecided > 0 && { undecided }),
  };
  if (denied.length > 0) return { message: 'denied', fields };
  return { message: changed.length > 0 ? 'rewrote' : 'left undecided', fields };
}
