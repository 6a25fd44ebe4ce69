import { escapeCharacter } from '../rules/escape.ts';
import type { PatchOperation } from './patch.ts';
import type { AdmissionRequest } from './request.ts';
import type { ReviewResult } from './review.ts';
import { maxStep, runSteps, type Steps } from './steps.ts';

/** ReviewAnswer is the answer to one call of the webhook, whatever carries it. */
export interface ReviewAnswer {
  /** HTTP status: 200, or 400 for what is no AdmissionReview. */
  readonly status: 200 | 400;
  /** JSON for 200, else one line of text. */
  readonly body: string;
}

/** Formats the result of a review as the answer to its caller. */
export function formatAnswer(result: ReviewResult): ReviewAnswer {
  return runSteps(formatInSteps(result));
}

/** Does what formatAnswer does, in steps. */
export function* formatInSteps(result: ReviewResult): Steps<ReviewAnswer> {
  const { request, patch, problem = '' } = result;
  if (request === undefined) return { status: 400, body: problem };
  let json = '[';
  let base64 = '';
  for (let index = 0; index < patch.length; index++) {
    json += `${index === 0 ? '' : ','}${formatOperation(patch[index] as PatchOperation)}`;
    if (json.length < maxStep) continue;
    // Three bytes are four characters of base64, whatever follows them.
    const end = json.length - (json.length % 3);
    base64 += btoa(json.slice(0, end));
    json = json.slice(end);
    yield;
  }
  base64 += patch.length > 0 ? btoa(`${json}]`) : '';
  return { status: 200, body: formatResponse(request, result, base64) };
}

/**
 * Formats the AdmissionReview that answers `request`, in its own API version. Put together as text:
 * it is the same for every review but for the uid and the patch, and an object made for
 * JSON.stringify costs three times as much.
 */
function formatResponse(
  { apiVersion, uid }: AdmissionRequest,
  { denial, warnings }: ReviewResult,
  patch: string,
): string {
  const members = [`"uid":${JSON.stringify(uid)},"allowed":${denial === undefined}`];
  if (denial !== undefined) {
    const status = { code: 403, reason: 'Forbidden', message: denial };
    members.push(`"status":${JSON.stringify(status)}`);
  }
  // Both or neither: the API server takes one without the other for a failure.
  if (patch !== '') members.push(`"patchType":"JSONPatch","patch":"${patch}"`);
  if (warnings.length > 0) members.push(`"warnings":${JSON.stringify(warnings)}`);
  return `{"kind":"AdmissionReview","apiVersion":"${apiVersion}","response":{${members.join(',')}}}`;
}

/** Formats an operation in ASCII, which is all that btoa takes. */
function formatOperation(operation: PatchOperation): string {
  const { op, path, value } = operation;
  // A valid reference holds nothing that JSON escapes, and there may be thousands of them.
  if (op === 'replace') return `{"op":"replace","path":"${path}","value":"${value}"}`;
  return JSON.stringify(operation).replace(/[\u0080-\uffff]/g, escapeCharacter);
}
