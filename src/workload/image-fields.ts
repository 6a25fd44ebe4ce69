/** ImageField is a list of a Pod spec whose items have an image. */
export interface ImageField {
  /** Begins the place of each of its images: `c/app`. */
  readonly letter: string;
  readonly list: string;
  /** Lead from an item to its image. */
  readonly path: readonly string[];
  /** Whether an update of the Pod itself can change it; the others stay, or have a subresource. */
  readonly isUpdatable: boolean;
}

/**
 * Lists where images are in a Pod spec, one row a list. The reader of reviews, patches, manifests
 * and registrations derive from it what they look at.
 */
export const imageFields: readonly ImageField[] = [
  { letter: 'c', list: 'containers', path: ['image'], isUpdatable: true },
  { letter: 'i', list: 'initContainers', path: ['image'], isUpdatable: true },
  { letter: 'e', list: 'ephemeralContainers', path: ['image'], isUpdatable: false },
  { letter: 'v', list: 'volumes', path: ['image', 'reference'], isUpdatable: false },
];
