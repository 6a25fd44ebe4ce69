import { escapeCharacter } from '../rules/escape.ts';
import type { PatchOperation } from './patch.ts';
import type { AdmissionRequest } from './request.ts';

interface Verdict {
  /** Why the request is refused; undefined where it is not. */
  readonly denial?: string | undefined;
  readonly patch?: readonly PatchOperation[];
  /** What kubectl shows its user. */
  readonly warnings?: readonly string[];
}

/**
 * The AdmissionReview that answers `request`, in its own API version. Put together as text: it is the same for every
 * review but for the uid and the patch, and an object made for JSON.stringify costs three times as much.
 */
export function formatResponse(
  { apiVersion, uid }: AdmissionRequest,
  { denial, patch = [], warnings = [] }: Verdict,
): string {
  const members = [`"uid":${JSON.stringify(uid)},"allowed":${denial === undefined}`];
  if (denial !== undefined) {
    const status = { code: 403, reason: 'Forbidden', message: denial };
    members.push(`"status":${JSON.stringify(status)}`);
  }
  // Both or neither: the API server takes one without the other for a failure.
  if (patch.length > 0) members.push(`"patchType":"JSONPatch","patch":"${toBase64(patch)}"`);
  if (warnings.length > 0) members.push(`"warnings":${JSON.stringify(warnings)}`);
  return `{"kind":"AdmissionReview","apiVersion":"${apiVersion}","response":{${members.join(',')}}}`;
}

function toBase64(patch: readonly PatchOperation[]): string {
  return btoa(`[${patch.map(formatOperation).join(',')}]`);
}

/** In ASCII, which is all that btoa takes. */
function formatOperation(operation: PatchOperation): string {
  const { op, path, value } = operation;
  // A valid reference holds nothing that JSON escapes, and there may be thousands of them.
  if (op === 'replace') return `{"op":"replace","path":"${path}","value":"${value}"}`;
  return JSON.stringify(operation).replace(/[\u0080-\uffff]/g, escapeCharacter);
}
