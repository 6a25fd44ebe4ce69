import {
  type Container,
  type Metadata,
  type Pod,
  type PodSpec,
  podOf,
} from '../kubernetes-object.ts';

/* What evasions are made of: requests of a Pod's author, and Pods for them. */

/** Step is one request of the author. `patch` is a strategic merge patch, as kubectl sends it. */
export type Step =
  | { readonly verb: 'create' | 'apply' | 'replace'; readonly pod: Pod }
  | {
      readonly verb: 'patch';
      readonly patch: object;
      readonly subresource?: 'ephemeralcontainers' | 'resize' | 'status';
    };

/** Evasion is a sequence of requests by which an author could get an image past strict rules. */
export interface Evasion {
  readonly name: string;
  readonly steps: readonly Step[];
  /** The API server itself drops what the author sent; the Pod is stored without it. */
  readonly isDropped?: true;
}

/** Names an image that no strict rule lets through. */
export const evil = 'evil.com/x';
/** Begins the name of every image that is in the mirror. */
export const mirror = 'm.example/';
/** Names an image in the mirror, which every strict rule lets through. */
export const mirrored = `${mirror}hub/library/x`;
/** Holds a spec to which admission adds nothing, so that the Pod can be replaced as it is. */
export const plain = {
  serviceAccountName: 'default',
  automountServiceAccountToken: false,
} as const;

/** Returns a container of this image. */
export const app = (image: string): Container => ({ name: 'app', image });
/** Returns the step that creates a Pod of this spec. */
export const create = (spec: PodSpec, metadata: Metadata = {}): Step => ({
  verb: 'create',
  pod: podOf('', { ...plain, ...spec }, metadata),
});
/** Returns the step that creates a Pod of one container. */
export const createWith = (image: string, metadata: Metadata = {}): Step =>
  create({ containers: [app(image)] }, metadata);
/** Creates a Pod that every rule admits, for what is tried on running Pods. */
export const admitted = createWith(mirrored);
/** Returns the step that patches the Pod. */
export const patch = (body: object): Step => ({ verb: 'patch', patch: body });
/** Returns the step that changes the image of the container `app`, and the metadata with it. */
export const setImage = (image: string, metadata: Metadata = {}): Step =>
  patch({ metadata, spec: { containers: [app(image)] } });
/** Returns the step that adds an ephemeral container, as `kubectl debug` does. */
export const debug = (image: string, metadata: Metadata = {}): Step => ({
  verb: 'patch',
  subresource: 'ephemeralcontainers',
  patch: { metadata, spec: { ephemeralContainers: [{ name: 'debug', image }] } },
});
