/** Kubernetes objects, as far as the tests look into them. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
}

export interface Metadata {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly object[];
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly [field: string]: unknown;
}

export interface Volume {
  readonly name: string;
  readonly image?: { readonly reference: string; readonly pullPolicy?: string };
  readonly [field: string]: unknown;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly ephemeralContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly [field: string]: unknown;
}

export interface Pod extends KubernetesObject {
  readonly spec: PodSpec;
}

/** The default mirror. */
export const M = '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn';

export function podOf(name: string, spec: PodSpec, metadata: Metadata = {}): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec };
}

/** A Pod of one container, `app`. */
export function podWith(image: string, name = 'test'): Pod {
  return podOf(name, { containers: [{ name: 'app', image }] });
}

/** The image of the first container. */
export function imageOf(pod: Pod): string | undefined {
  return pod.spec.containers[0]?.image;
}

/** Every image of a Pod, by the name of its container or volume. */
export function imagesOf({ spec }: Pod): Record<string, string> {
  const containers = [
    ...spec.containers,
    ...(spec.initContainers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ].map(({ name, image }) => [name, image] as const);
  const volumes = (spec.volumes ?? []).flatMap(({ name, image }) =>
    image ? [[name, image.reference] as const] : [],
  );
  return Object.fromEntries([...containers, ...volumes]);
}
