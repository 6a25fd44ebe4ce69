import type { RuleSet } from '../rules/rule-set.ts';
import { annotationRoom } from './annotation-room.ts';
import { decidePod, type NamespaceRules, type PodDecision } from './decide-pod.ts';
import { buildPatch, type PatchContext, type PatchOperation } from './patch.ts';
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
  const decisions = decidePod(request, ruleSet, namespaceRules);
  const { warn, annotate } = ruleSet.file;
  const denial = denialOf(decisions);
  const verdict =
    denial === undefined
      ? {
          patch: patchOf(request, decisions, {
            annotate,
            isNew: request.operation === 'CREATE',
            annotationRoom: () => annotationRoom(body),
          }),
          warnings: warn ? warningsOf(decisions) : [],
        }
      : { denial };
  return { status: 200, body: formatResponse(request, verdict), request, decisions };
}

function patchOf(
  { pod }: AdmissionRequest,
  decisions: readonly PodDecision[],
  context: PatchContext,
): PatchOperation[] {
  return pod === undefined ? [] : buildPatch(pod, decisions, context);
}

function denialOf(decisions: readonly PodDecision[]): string | undefined {
  const denied = decisions.filter(({ decision }) => decision.action === 'deny');
  if (denied.length === 0) return undefined;
  const lines = denied
    .slice(0, maxWarnings)
    .map(({ place, image, decision }) => `${place} ${image}: ${decision.rule?.message}`);
  return `image-detour: ${lines.join('; ')}`;
}

function warningsOf(decisions: readonly PodDecision[]): string[] {
  const rewritten = decisions.filter(({ decision }) => decision.action === 'rewrite');
  const lines = rewritten.map(
    ({ place, image, decision }) =>
      `image-detour: ${place}: ${image} is pulled as ${decision.image}`,
  );
  if (lines.length <= maxWarnings) return lines;
  return [...lines.slice(0, maxWarnings), `image-detour: and ${lines.length - maxWarnings} more`];
}
