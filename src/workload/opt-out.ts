/*
 * Which Pods never reach image-detour. It is the API server that leaves them out, by the selectors
 * of a registration or of a policy, before the rules see anything.
 */

/** Names the label of namespaces, since Kubernetes 1.21, that holds their name. */
export const nameLabel = 'kubernetes.io/metadata.name';
/** Names the namespace in which image-detour runs unless its user chooses another. */
export const installNamespace = 'image-detour';
/**
 * Names the namespace left out by default in addition to that: its Pods must start before the
 * webhook can.
 */
export const systemNamespace = 'kube-system';
/**
 * Lists the namespaces that are left out by default, if nobody can know which namespace
 * image-detour runs in.
 */
export const systemNamespaces: readonly string[] = [systemNamespace, installNamespace];

/** What the user says about the namespaces that are left out. */
interface Exclusions {
  readonly includeKubeSystem?: boolean | undefined;
  /** Namespaces to leave out in addition. */
  readonly excludeNamespace?: readonly string[] | undefined;
}

/** Returns the namespaces that registrations and policies leave out, each once. */
export function excludedNamespaces(
  { includeKubeSystem = false, excludeNamespace = [] }: Exclusions,
  webhookNamespace = installNamespace,
): readonly string[] {
  const system = includeKubeSystem ? [] : [systemNamespace];
  return [...new Set([...system, webhookNamespace, ...excludeNamespace])];
}

/** SelectorRequirement is an entry of `matchExpressions` in a label selector. */
export interface SelectorRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  /** The values of `In` and `NotIn`. */
  readonly values?: readonly string[];
}

/** Selects namespaces and Pods without the label `image-detour: disabled`. */
export const notOptedOut = {
  key: 'image-detour',
  operator: 'NotIn',
  values: ['disabled'],
} as const;
