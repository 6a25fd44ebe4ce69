import { denialMessage, tooMany } from '../decision/denial.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { cutText } from './cut-text.ts';
import {
  createPodDecider,
  type NamespaceRules,
  type PodDecision,
  type PodDecisions,
} from './decide-pod.ts';
import { buildPatch, type PatchOperation } from './patch.ts';
import { type AdmissionRequest, readRequest } from './request.ts';
import { maxStep, runSteps, type Steps } from './steps.ts';

/** ReviewResult is the answer to an AdmissionReview, as values; formatAnswer makes text of it. */
export interface ReviewResult {
  /** Why the body is no AdmissionReview, in one line; all else is absent or empty then. */
  readonly problem?: string;
  /** What was asked. */
  readonly request?: AdmissionRequest;
  /** What was decided, for logs and metrics. */
  readonly decisions: readonly PodDecision[];
  /** Empty for a Pod that stays as it is. */
  readonly patch: readonly PatchOperation[];
  /** Why the Pod is refused, where it is. */
  readonly denial?: string | undefined;
  /** What kubectl shows its user. */
  readonly warnings: readonly string[];
}

/**
 * Messages are for people: past some they hide more than they tell (and the API server cuts
 * warnings at 4,096 characters).
 */
const maxWarnings = 10;
/** What deciding an image takes besides its length, in characters. */
const perImage = 128;

/**
 * Reviews an AdmissionReview, given as JSON text. Total: it never throws, and denies only if a rule
 * says so.
 */
export function reviewAdmission(
  body: string,
  ruleSet: RuleSet,
  namespaceRules?: NamespaceRules,
): ReviewResult {
  return runSteps(reviewInSteps(body, ruleSet, namespaceRules));
}

/** Does what reviewAdmission does, in steps. */
export function* reviewInSteps(
  body: string,
  ruleSet: RuleSet,
  namespaceRules?: NamespaceRules,
): Steps<ReviewResult> {
  const request = readRequest(body, ruleSet.file.skip);
  if (typeof request === 'string')
    return { problem: request, decisions: [], patch: [], warnings: [] };
  if (body.length > maxStep) yield;
  const { images, marks, decide } = createPodDecider(request, ruleSet, namespaceRules);
  const decisions: PodDecision[] = [];
  let step = 0;
  for (const placed of images) {
    decisions.push(decide(placed, decisions.length));
    step += perImage + placed.image.length;
    if (step < maxStep) continue;
    yield;
    step = 0;
  }
  const denial = denialOf(decisions);
  if (denial !== undefined) return { request, decisions, patch: [], denial, warnings: [] };
  const { warn } = ruleSet.file;
  const warnings = [...(warn ? rewriteWarnings(decisions) : []), ...undecidedWarnings(decisions)];
  return {
    request,
    decisions,
    patch: patchOf(request, { decisions, marks }, body, ruleSet),
    warnings,
  };
}

function patchOf(
  { pod, operation }: AdmissionRequest,
  decided: PodDecisions,
  body: string,
  { file, registries }: RuleSet,
): PatchOperation[] {
  if (pod === undefined) return [];
  const isNew = operation === 'CREATE';
  return buildPatch(pod, decided, { annotate: file.annotate, registries, isNew, body });
}

function denialOf(decisions: readonly PodDecision[]): string | undefined {
  const denied = decisions.filter(({ decision }) => decision.action === 'deny');
  if (denied.length === 0) return undefined;
  const lines = denied
    .slice(0, maxWarnings)
    .map(
      ({ place, image, decision }) =>
        `${cutText(place)} ${cutText(image)}: ${denialMessage(decision)}`,
    );
  const more = denied.length - lines.length;
  return `image-detour: ${lines.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

function rewriteWarnings(decisions: readonly PodDecision[]): string[] {
  const rewritten = decisions.filter(({ decision }) => decision.action === 'rewrite');
  const lines = rewritten
    .slice(0, maxWarnings)
    .map(
      ({ place, image, decision }) =>
        `image-detour: ${cutText(place)}: ${cutText(image)} is pulled as ${decision.image}`,
    );
  const more = rewritten.length - lines.length;
  return more > 0 ? [...lines, `image-detour: and ${more} more`] : lines;
}

/**
 * Warns whatever the rules say of warnings: that images were left alone only for their number or
 * length must not be silent.
 */
function undecidedWarnings(decisions: readonly PodDecision[]): string[] {
  const count = decisions.filter(({ decision }) => decision.reason === 'over-budget').length;
  if (count === 0) return [];
  return [`image-detour: ${count} images were left as written: ${tooMany}`];
}
