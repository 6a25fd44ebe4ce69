import { type Decision, decide, type Reason } from '../decision/decide.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { listImages, type PlacedImage } from '../workload/images.ts';
import { type Exemption, exemptionOf, isKeptByAnnotation } from './exemption.ts';
import { markOf, readMarks } from './mark.ts';
import type { AdmissionRequest, Pod } from './request.ts';

/** What is said of one image of a Pod. */
export interface PodDecision extends PlacedImage {
  readonly decision: Omit<Decision, 'reason'> & { readonly reason: Reason | Exemption };
}

/** Decides each image that the request adds or changes; images that stay as they are do not appear. */
export function decidePod(request: AdmissionRequest, ruleSet: RuleSet): PodDecision[] {
  const { pod, namespace } = request;
  if (pod === undefined) return [];
  const images = changedImages(pod, request);
  if (images.length === 0) return [];
  const exemption = exemptionOf(pod, ruleSet.file.skip);
  const marks = readMarks(pod);
  return images.map((placed) => {
    const { image } = placed;
    if (exemption !== undefined) return keep(placed, exemption);
    if (isKeptByAnnotation(pod, placed.place)) return keep(placed, 'annotated');
    if (marks.size > 0 && marks.has(markOf(placed, image))) return keep(placed, 'bypassed');
    return { ...placed, decision: decide(image, ruleSet, { namespace }) };
  });
}

function keep(placed: PlacedImage, reason: Reason | Exemption): PodDecision {
  return { ...placed, decision: { action: 'keep', reason, rule: undefined, image: placed.image } };
}

/**
 * On UPDATE, the images that differ from the same place's before: anything else would re-mirror, and so restart, a
 * running container on the next label change.
 */
function changedImages(pod: Pod, { operation, oldPod }: AdmissionRequest): PlacedImage[] {
  const images = listImages(pod.spec);
  if (operation === 'CREATE') return images;
  if (operation !== 'UPDATE' || oldPod === undefined) return [];
  const before = new Set(listImages(oldPod.spec).map((placed) => markOf(placed, placed.image)));
  return images.filter((placed) => !before.has(markOf(placed, placed.image)));
}
