import { bottlerocket } from './bottlerocket.ts';
import { buildkit } from './buildkit.ts';
import { containerd } from './containerd.ts';
import type { Target } from './contract/target.ts';
import { docker } from './docker.ts';
import { eks } from './eks.ts';
import { gatekeeper } from './gatekeeper.ts';
import { k3s } from './k3s.ts';
import { kustomize } from './kustomize.ts';
import { kyverno } from './kyverno.ts';
import { mutatingAdmissionPolicy } from './map.ts';
import { nerdctl } from './nerdctl.ts';
import { openshift } from './openshift.ts';
import { registriesConf } from './registries-conf.ts';
import { talos } from './talos.ts';
import { validatingAdmissionPolicy } from './vap.ts';

/** Lists every target, in the order of `detour compile --list`. */
export const targets: readonly Target[] = [
  mutatingAdmissionPolicy,
  validatingAdmissionPolicy,
  kyverno,
  gatekeeper,
  kustomize,
  containerd,
  nerdctl,
  eks,
  registriesConf,
  openshift,
  k3s,
  talos,
  bottlerocket,
  buildkit,
  docker,
];
