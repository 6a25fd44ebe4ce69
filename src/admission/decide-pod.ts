import { type Decision, decideUnasked, type Reason } from '../decision/decide.ts';
import { decideLayered } from '../decision/layers.ts';
import { Budget } from '../rules/budget.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { listImages, type PlacedImage } from '../workload/images.ts';
import { type Exemption, exemptionOf, keptNames } from './exemption.ts';
import { isMarked, type Marks, markOf, readMarks } from './mark.ts';
import { recordedImages } from './record.ts';
import type { AdmissionRequest, Pod } from './request.ts';

/** PodDecision is what was decided for one image of a Pod. */
export interface PodDecision extends Omit<PlacedImage, 'isPulled'> {
  readonly decision: Omit<Decision, 'reason'> & { readonly reason: Reason | Exemption };
}

/** NamespaceRules are the rules that namespaces add for themselves, by namespace. */
export type NamespaceRules = ReadonlyMap<string, RuleSet>;

/** PodDecisions is what was decided for a Pod. */
export interface PodDecisions {
  /** In the order of the Pod. */
  readonly decisions: readonly PodDecision[];
  /** The mark that the Pod carries; empty where no mark counts. */
  readonly marks: Marks;
}

/** PodDecider decides the images of a Pod. */
export interface PodDecider extends Pick<PodDecisions, 'marks'> {
  /** Those that the request adds or changes; images that stay as they are do not appear. */
  readonly images: readonly PlacedImage[];
  /** Decides one of them. Each is decided once, in their order. */
  decide(placed: PlacedImage, index: number): PodDecision;
}

/** More than fit into a Pod that can be stored (1.5 MB); no rule is asked about those beyond. */
const maxImages = 10_000;

const noMarks: Marks = new Map();

/** Prepares the decisions for a Pod. */
export function createPodDecider(
  request: AdmissionRequest,
  ruleSet: RuleSet,
  namespaceRules?: NamespaceRules,
): PodDecider {
  const { pod, namespace } = request;
  const images = pod === undefined ? [] : changedImages(pod, request);
  if (pod === undefined || !images.some(({ isPulled }) => isPulled))
    return { images, marks: noMarks, decide: (placed) => keep(placed, 'never-pulled') };
  const budget = new Budget();
  // Without a bypass nothing of ours leaves a mark: what looks like one is forged.
  const found = ruleSet.bypass === '' ? noMarks : readMarks(pod, budget);
  // A part of a mark would be taken for the whole, and written back.
  const marks = budget.isSpent ? noMarks : found;
  const exemption = exemptionOf(request, ruleSet, budget);
  if (exemption !== undefined)
    return { images, marks, decide: (placed) => keep(placed, exemption) };
  const kept = keptNames(pod, ruleSet.exits, budget);
  const context = { namespace, budget };
  const recorded = recordedImages(request, ruleSet.file);
  const rules = { cluster: ruleSet, namespace: namespaceRules?.get(namespace) };
  const decide = (placed: PlacedImage, index: number): PodDecision => {
    const { place, pointer, image } = placed;
    if (!placed.isPulled) return keep(placed, 'never-pulled');
    if (index >= maxImages || budget.isSpent) {
      return { place, pointer, image, decision: decideUnasked(image, ruleSet) };
    }
    if (kept.has(place.slice(2))) return keep(placed, 'annotated');
    if (isMarked(marks, placed)) return keep(placed, 'bypassed');
    const decision = decideLayered(image, rules, context);
    // Another webhook writes what runs in its place, as it did when the Pod was created.
    const isPlaceholder = decision.reason === 'placeholder';
    const running = isPlaceholder ? undefined : recorded?.runningImage(placed);
    const isRunning = running !== undefined;
    return { place, pointer, image, decision: isRunning ? restore(decision, running) : decision };
  };
  return { images, marks, decide };
}

function keep({ place, pointer, image }: PlacedImage, reason: Reason | Exemption): PodDecision {
  return { place, pointer, image, decision: { action: 'keep', reason, rule: undefined, image } };
}

/** Writes what runs already in place of a decision; what was sent to its origin is marked again. */
function restore({ reason }: Decision, running: string): PodDecision['decision'] {
  const why = reason === 'bypass' ? reason : 'recorded';
  return { action: 'rewrite', reason: why, rule: undefined, image: running };
}

/**
 * Returns, on UPDATE, the images that differ from the same place's before: anything else would
 * re-mirror, and so restart, a running container on the next label change.
 */
function changedImages(pod: Pod, { operation, oldPod }: AdmissionRequest): PlacedImage[] {
  if (operation === 'CREATE') return listImages(pod.spec);
  if (operation !== 'UPDATE' || oldPod === undefined) return [];
  const before = listImages(oldPod.spec);
  const differing = listImages(pod.spec).filter((placed, index) => !isSame(placed, before[index]));
  if (differing.length === 0) return differing;
  const present = new Set(before.map(({ place, image }) => markOf(place, image)));
  return differing.filter(({ place, image }) => !present.has(markOf(place, image)));
}

function isSame({ place, image }: PlacedImage, other: PlacedImage | undefined): boolean {
  return other !== undefined && place === other.place && image === other.image;
}
