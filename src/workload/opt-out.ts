/*
 * Which Pods never reach image-detour. It is the API server that leaves them out, by the selectors of a registration or of a
 * policy, before the rules see anything.
 */

/** The label of namespaces, since Kubernetes 1.21, that holds their name. */
export const nameLabel = 'kubernetes.io/metadata.name';
/** Where image-detour runs unless its user chooses another namespace. */
export const ownNamespace = 'image-detour';
/** Left out by default, besides that: what must start before the webhook can. */
export const systemNamespace = 'kube-system';
/** Left out where nobody can know a different own namespace. */
export const systemNamespaces: readonly string[] = [systemNamespace, ownNamespace];
/** Selects namespaces and Pods without the label `image-detour: disabled`. */
export const notOptedOut = {
  key: 'image-detour',
  operator: 'NotIn',
  values: ['disabled'],
} as const;
