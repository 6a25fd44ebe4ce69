import type { PatchOperation } from './patch.ts';
import type { AdmissionRequest } from './request.ts';

interface Verdict {
  /** Why the request is refused; undefined where it is not. */
  readonly denial?: string | undefined;
  readonly patch?: readonly PatchOperation[];
  /** What kubectl shows its user. */
  readonly warnings?: readonly string[];
}

/** The AdmissionReview that answers `request`, in its own API version. */
export function formatResponse(
  { apiVersion, uid }: AdmissionRequest,
  { denial, patch = [], warnings = [] }: Verdict,
): string {
  const response = {
    uid,
    allowed: denial === undefined,
    ...(denial !== undefined && { status: { code: 403, reason: 'Forbidden', message: denial } }),
    // Both or neither: the API server takes one without the other for a failure.
    ...(patch.length > 0 && { patchType: 'JSONPatch', patch: toBase64(patch) }),
    ...(warnings.length > 0 && { warnings }),
  };
  return JSON.stringify({ kind: 'AdmissionReview', apiVersion, response });
}

function toBase64(patch: readonly PatchOperation[]): string {
  // btoa takes bytes: what is not ASCII goes in as JSON's own escapes.
  return btoa(JSON.stringify(patch).replace(/[\u0080-\uffff]/g, escapeCharacter));
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
