import { realReview } from '../../rig/program.ts';

/**
 * Returns a review of a Pod with so many containers, whose images are all rewritten. Its answer has
 * about 200 bytes for each, or more if `name` is longer.
 */
export function reviewOf(containers: number, name = 'coredns:1.3.'): string {
  const review = JSON.parse(realReview);
  review.request.object.spec.containers = Array.from({ length: containers }, (_, index) => ({
    name: `c${index}`,
    image: `k8s.gcr.io/${name}${index}`,
  }));
  return JSON.stringify(review);
}

/** Returns a review of so many bytes, with a short answer. */
export function largeReview(size: number): string {
  const filler = 'x'.repeat(size - realReview.length);
  return JSON.stringify({ ...JSON.parse(realReview), filler });
}
