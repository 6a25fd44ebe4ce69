import { type Decision, type DecisionContext, decide, type Reason } from '../decision/decide.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { listImages, type PlacedImage } from '../workload/images.ts';
import { type Exemption, exemptionOf, keptNames } from './exemption.ts';
import { markOf, readMarks } from './mark.ts';
import type { AdmissionRequest, Pod } from './request.ts';

/** What is said of one image of a Pod. */
export interface PodDecision extends PlacedImage {
  readonly decision: Omit<Decision, 'reason'> & { readonly reason: Reason | Exemption };
}

/** Rules that namespaces add for themselves, by namespace. */
export type NamespaceRules = ReadonlyMap<string, RuleSet>;

/** More than fit into a Pod that can be stored (1.5 MB); who sends more is not to be worked for. */
const maxImages = 10_000;

/** Decides each image that the request adds or changes; images that stay as they are do not appear. */
export function decidePod(
  request: AdmissionRequest,
  ruleSet: RuleSet,
  namespaceRules?: NamespaceRules,
): PodDecision[] {
  const { pod, namespace } = request;
  if (pod === undefined) return [];
  const images = changedImages(pod, request);
  if (images.length === 0 || images.length > maxImages) return [];
  const exemption = exemptionOf(pod, ruleSet.file.skip);
  if (exemption !== undefined) return images.map((placed) => keep(placed, exemption));
  const marks = readMarks(pod);
  const kept = keptNames(pod);
  const context: DecisionContext = { namespace };
  const further = namespaceRules?.get(namespace);
  return images.map((placed) => {
    const { place, pointer, image } = placed;
    if (kept.has(place.slice(2))) return keep(placed, 'annotated');
    if (marks.size > 0 && marks.has(markOf(placed, image))) return keep(placed, 'bypassed');
    const first = decide(image, ruleSet, context);
    const isOpen = first.reason === 'no-rule' && further !== undefined;
    const own = isOpen ? decide(image, further, context) : first;
    // What the cluster says of the place that a namespace sends an image to goes before.
    const last = isOpen ? decide(own.image, ruleSet, context) : first;
    return { place, pointer, image, decision: last.action === 'keep' ? own : last };
  });
}

function keep({ place, pointer, image }: PlacedImage, reason: Reason | Exemption): PodDecision {
  return { place, pointer, image, decision: { action: 'keep', reason, rule: undefined, image } };
}

/**
 * On UPDATE, the images that differ from the same place's before: anything else would re-mirror, and so restart, a
 * running container on the next label change.
 */
function changedImages(pod: Pod, { operation, oldPod }: AdmissionRequest): PlacedImage[] {
  if (operation === 'CREATE') return listImages(pod.spec);
  if (operation !== 'UPDATE' || oldPod === undefined) return [];
  const before = new Set(listImages(oldPod.spec).map((placed) => markOf(placed, placed.image)));
  return listImages(pod.spec).filter((placed) => !before.has(markOf(placed, placed.image)));
}
