import { gatekeeper } from './gatekeeper.ts';
import { kustomize } from './kustomize.ts';
import { kyverno } from './kyverno.ts';
import { mutatingAdmissionPolicy } from './map.ts';
import type { Target } from './target.ts';
import { validatingAdmissionPolicy } from './vap.ts';

/** Every target, in the order in which they are listed. */
export const targets: readonly Target[] = [
  mutatingAdmissionPolicy,
  validatingAdmissionPolicy,
  kyverno,
  gatekeeper,
  kustomize,
];
