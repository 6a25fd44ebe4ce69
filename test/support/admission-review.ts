/**
 * Returns the body of an AdmissionReview with this request; without a uid of its own it gets one.
 */
export function reviewBody(request: object, apiVersion = 'admission.k8s.io/v1'): string {
  return JSON.stringify({ kind: 'AdmissionReview', apiVersion, request: { uid: 'u', ...request } });
}
