import type { Budget } from '../rules/budget.ts';
import type { Exit } from '../rules/exit-names.ts';
import { type Globs, matchesAnyGlob } from '../rules/glob.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { RulesFile } from '../rules/schema.ts';
import { annotation } from '../workload/annotations.ts';
import { readEntries } from './annotation-entries.ts';
import type { AdmissionRequest, Metadata, Pod } from './request.ts';

/** Exemption is why images of a Pod are decided before any rule applies. */
export type Exemption =
  | 'static-pod' // the API cannot change what a kubelet runs from a file
  | 'skipped' // the file's `skip` names its owner, a label or an annotation
  | 'annotated' // the Pod asks for it
  | 'never-pulled' // its pull policy is Never
  | 'recorded'; // an update names the original of the running image, which stays

/** Returns why the whole Pod is left alone; undefined if it is not. */
export function exemptionOf(
  { pod, isFromNode }: AdmissionRequest,
  { file: { skip }, exits }: RuleSet,
  budget: Budget,
): Exemption | undefined {
  const metadata = pod?.metadata;
  // Kubelets do not run a Pod that only claims to be the copy of a static one; agents of virtual
  // nodes do.
  const isStatic = metadata?.annotations?.[annotation.staticPod] !== undefined;
  if (isStatic && (isFromNode || exits.has('annotation'))) return 'static-pod';
  if (skip === undefined || metadata === undefined) return undefined;
  const isSkipped =
    hasSkippedOwner(metadata, skip, budget) ||
    hasSkippedValue(metadata.labels, skip.labels, budget) ||
    hasSkippedValue(metadata.annotations, skip.annotations, budget);
  return isSkipped && !budget.isSpent ? 'skipped' : undefined;
}

type Skip = NonNullable<RulesFile['skip']>;

interface Owner {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
}

function hasSkippedOwner({ ownerReferences }: Metadata, { owners }: Skip, budget: Budget): boolean {
  if (owners === undefined || !Array.isArray(ownerReferences)) return false;
  return ownerReferences.some((owner: Owner | undefined) => {
    const kind = owner?.kind;
    if (typeof kind !== 'string' || budget.isSpent) return false;
    const group = typeof owner?.apiVersion === 'string' ? groupOf(owner.apiVersion) : '';
    const matches = (text: string) => matchesAnyGlob(owners, text, budget);
    return matches(kind) || matches(`${kind}.${group}`);
  });
}

/**
 * Returns the group of an API version; of one without a slash (`v1`) the whole, as earlier versions
 * did.
 */
function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash === -1 ? apiVersion : apiVersion.slice(0, slash);
}

/** Reports whether one of the Pod's labels, or annotations, has a value that is skipped. */
function hasSkippedValue(
  values: unknown,
  skipped: Readonly<Record<string, Globs>> | undefined,
  budget: Budget,
): boolean {
  if (skipped === undefined || typeof values !== 'object' || values === null) return false;
  return Object.entries(skipped).some(([key, globs]) => {
    budget.lookUp(key.length);
    if (budget.isSpent) return false;
    const value: unknown = Object.hasOwn(values, key)
      ? values[key as keyof typeof values]
      : undefined;
    return typeof value === 'string' && matchesAnyGlob(globs, value, budget);
  });
}

/**
 * KeptNames holds the names of containers and volumes whose images the Pod's own annotation keeps.
 */
export interface KeptNames {
  has(name: string): boolean;
}

/**
 * Reads `image-detour/bypass` if that exit is open: `"true"` for all, else names, separated by
 * commas or spaces.
 */
export function keptNames(pod: Pod, exits: ReadonlySet<Exit>, budget: Budget): KeptNames {
  if (!exits.has('annotation')) return none;
  const value = pod.metadata?.annotations?.[annotation.bypass];
  return value === 'true' ? all : readEntries(value, /[^\s,]+/g, budget);
}

const none: KeptNames = { has: () => false };
const all: KeptNames = { has: () => true };
