import type { Drill } from '../drill.ts';
import { barePodDrills } from './bare-pod.ts';
import { certificateDrills } from './certificate.ts';
import { gitopsDrills } from './gitops.ts';
import { neighborDrills } from './neighbor.ts';
import { nodeDrills } from './node.ts';
import { policyDrills } from './policy.ts';
import { registrationDrills } from './registration.ts';
import { replicaDrills } from './replicas.ts';
import { rulesDrills } from './rules.ts';

/** Lists what happens to an installation in a year. */
export const drills: readonly Drill[] = [
  ...registrationDrills,
  ...rulesDrills,
  ...gitopsDrills,
  ...neighborDrills,
  ...replicaDrills,
  ...nodeDrills,
  ...certificateDrills,
  ...policyDrills,
  ...barePodDrills,
];
