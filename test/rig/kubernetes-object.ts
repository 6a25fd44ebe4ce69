/** KubernetesObject is an object, as far as the tests look into it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
}

/** Metadata is an object's metadata, as far as the tests look into it. */
export interface Metadata {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly object[];
}

/** Container is an item of any list of containers in a Pod. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly [field: string]: unknown;
}

/** Volume is a volume of a Pod; only image volumes have an `image`. */
export interface Volume {
  readonly name: string;
  readonly image?: { readonly reference: string; readonly pullPolicy?: string };
  readonly [field: string]: unknown;
}

/** PodSpec is the spec of a Pod, with every list that can hold images. */
export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly ephemeralContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly [field: string]: unknown;
}

/** Pod is a Pod, written or stored. */
export interface Pod extends KubernetesObject {
  readonly spec: PodSpec;
}

/** Names the mirror of the default rules. */
export const defaultMirror = '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn';

/** Returns a Pod of this name and spec. */
export function podOf(name: string, spec: PodSpec, metadata: Metadata = {}): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec };
}

/** Returns a Pod of one container, `app`. */
export function podWith(image: string, name = 'test'): Pod {
  return podOf(name, { containers: [{ name: 'app', image }] });
}

/** Returns the image of the first container. */
export function imageOf(pod: Pod): string | undefined {
  return pod.spec.containers[0]?.image;
}

/** Returns every image of a Pod, by the name of its container or volume. */
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
