/** ImageField is a list of a Pod spec whose items have an image. */
export interface ImageField {
  /** Begins the place of each of its images: `c/app`. */
  readonly letter: string;
  readonly list: string;
  /** The keys that lead from an item to its image. */
  readonly path: readonly string[];
  /** The keys that lead from an item to its pull policy. */
  readonly pullPolicy: readonly string[];
  /** Whether an update of the Pod itself can change it; the others stay, or have a subresource. */
  readonly isUpdatable: boolean;
}

const ofContainer = { path: ['image'], pullPolicy: ['imagePullPolicy'] } as const;

/**
 * Lists where images are in a Pod spec, one row a list. The reader of reviews, patches, manifests
 * and registrations derive from it what they look at.
 */
export const imageFields: readonly ImageField[] = [
  { letter: 'c', list: 'containers', ...ofContainer, isUpdatable: true },
  { letter: 'i', list: 'initContainers', ...ofContainer, isUpdatable: true },
  { letter: 'e', list: 'ephemeralContainers', ...ofContainer, isUpdatable: false },
  {
    letter: 'v',
    list: 'volumes',
    path: ['image', 'reference'],
    pullPolicy: ['image', 'pullPolicy'],
    isUpdatable: false,
  },
];

/** The pull policy of images that are on the node already, or nowhere. */
export const neverPulled = 'Never';
