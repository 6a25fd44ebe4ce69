import { matchesAnyGlob, matchesGlob } from '../rules/glob.ts';
import type { RulesFile } from '../rules/schema.ts';
import { annotation, type Metadata, type Pod } from './request.ts';

/** Why images of a Pod are kept before any rule is asked. */
export type Exemption =
  | 'static-pod' // the API cannot change what the kubelet runs from a file
  | 'skipped' // the file's `skip` names its owner or a label
  | 'annotated'; // the Pod asks for it

/** Why the whole Pod is left alone, if it is. */
export function exemptionOf(pod: Pod, skip: RulesFile['skip']): Exemption | undefined {
  const { metadata } = pod;
  if (metadata?.annotations?.[annotation.staticPod] !== undefined) return 'static-pod';
  if (skip === undefined || metadata === undefined) return undefined;
  return hasSkippedOwner(metadata, skip) || hasSkippedLabel(metadata, skip) ? 'skipped' : undefined;
}

type Skip = NonNullable<RulesFile['skip']>;

function hasSkippedOwner({ ownerReferences }: Metadata, { owners }: Skip): boolean {
  if (owners === undefined || !Array.isArray(ownerReferences)) return false;
  return ownerReferences.some((owner: { apiVersion?: unknown; kind?: unknown } | undefined) => {
    const kind = owner?.kind;
    if (typeof kind !== 'string') return false;
    const group = typeof owner?.apiVersion === 'string' ? owner.apiVersion.split('/')[0] : '';
    return matchesAnyGlob(owners, kind) || matchesAnyGlob(owners, `${kind}.${group}`);
  });
}

function hasSkippedLabel({ labels }: Metadata, skip: Skip): boolean {
  if (skip.labels === undefined || typeof labels !== 'object' || labels === null) return false;
  return Object.entries(skip.labels).some(([key, glob]) => {
    const value: unknown = Object.hasOwn(labels, key)
      ? labels[key as keyof typeof labels]
      : undefined;
    return typeof value === 'string' && matchesGlob(glob, value);
  });
}

/** The names of containers and volumes whose images the Pod's own annotation keeps. */
export interface KeptNames {
  has(name: string): boolean;
}

/** The API server refuses annotations beyond this, in characters at least; it asks us before it checks. */
const maxAnnotation = 256 * 1024;

/** What `image-detour/bypass` says: `"true"` for all, else names, separated by commas or spaces. */
export function keptNames(pod: Pod): KeptNames {
  const value = pod.metadata?.annotations?.[annotation.bypass];
  if (typeof value !== 'string' || value.length > maxAnnotation) return none;
  return value === 'true' ? all : new Set(value.split(/[\s,]+/));
}

const none: KeptNames = { has: () => false };
const all: KeptNames = { has: () => true };
