import { denialMessage, tooMany } from '../decision/denial.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { annotationRoom } from './annotation-room.ts';
import { cutText } from './cut-text.ts';
import {
  decidePod,
  type NamespaceRules,
  type PodDecision,
  type PodDecisions,
} from './decide-pod.ts';
import { buildPatch, type PatchOperation } from './patch.ts';
import { type AdmissionRequest, readRequest } from './request.ts';
import { formatResponse } from './response.ts';

/** The answer to one call of the webhook, whatever carries it. */
export interface ReviewResult {
  /** HTTP status: 200, or 400 for what is no AdmissionReview. */
  readonly status: 200 | 400;
  /** JSON for 200, else one line of text. */
  readonly body: string;
  /** What was asked and decided, for logs and metrics; absent with 400. */
  readonly request?: AdmissionRequest;
  readonly decisions: readonly PodDecision[];
}

/** Messages are for people: past some they hide more than they tell (and the API server cuts warnings at 4,096 characters). */
const maxWarnings = 10;

/** Answers an AdmissionReview, given as JSON text. Total: it never throws, and denies only where a rule says so. */
export function reviewAdmission(
  body: string,
  ruleSet: RuleSet,
  namespaceRules?: NamespaceRules,
): ReviewResult {
  const request = readRequest(body);
  if (typeof request === 'string') return { status: 400, body: request, decisions: [] };
  const decided = decidePod(request, ruleSet, namespaceRules);
  const { decisions } = decided;
  const { warn, annotate } = ruleSet.file;
  const denial = denialOf(decisions);
  const verdict =
    denial === undefined
      ? {
          patch: patchOf(request, decided, { body, annotate }),
          warnings: [...(warn ? rewriteWarnings(decisions) : []), ...undecidedWarnings(decisions)],
        }
      : { denial };
  return { status: 200, body: formatResponse(request, verdict), request, decisions };
}

function patchOf(
  { pod, operation }: AdmissionRequest,
  decided: PodDecisions,
  { body, annotate }: { readonly body: string; readonly annotate: boolean | undefined },
): PatchOperation[] {
  if (pod === undefined) return [];
  const isNew = operation === 'CREATE';
  const room = () => annotationRoom(body, pod);
  return buildPatch(pod, decided, { annotate, isNew, annotationRoom: room });
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

/** Whatever the rules say of warnings: that images were left alone only for their number or length must not be silent. */
function undecidedWarnings(decisions: readonly PodDecision[]): string[] {
  const count = decisions.filter(({ decision }) => decision.reason === 'over-budget').length;
  if (count === 0) return [];
  return [`image-detour: ${count} images were left as written: ${tooMany}`];
}
