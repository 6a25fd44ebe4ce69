import type { PodDecision } from './decide-pod.ts';
import type { ReviewResult } from './review.ts';

/** What a log line says of a review that changed or refused something: never the Pod. */
export interface ReviewSummary {
  readonly message: 'rewrote' | 'denied';
  readonly fields: object;
}

/** Undefined for a review that changed nothing. */
export function summarizeReview({ request, decisions }: ReviewResult): ReviewSummary | undefined {
  const summary = summarizeImages(decisions);
  if (summary === undefined || request === undefined) return undefined;
  const { uid, namespace, name, operation } = request;
  return { ...summary, fields: { uid, namespace, name, operation, ...summary.fields } };
}

/** The same of images without a Pod. Undefined where none was changed. */
export function summarizeImages(
  decisions: readonly (Pick<PodDecision, 'image' | 'decision'> & { readonly place?: string })[],
): ReviewSummary | undefined {
  const changed = decisions.filter(({ decision }) => decision.action !== 'keep');
  if (changed.length === 0) return undefined;
  const isDenied = changed.some(({ decision }) => decision.action === 'deny');
  const images = changed.map(({ place, image, decision }) => ({
    at: place,
    from: image,
    to: decision.action === 'deny' ? null : decision.image,
    rule: decision.rule?.from ?? null,
  }));
  return { message: isDenied ? 'denied' : 'rewrote', fields: { images } };
}
