import { type Pod, podOf } from '../kubernetes-object.ts';
import {
  admitted,
  app,
  createWith,
  type Evasion,
  evil,
  mirror,
  mirrored,
  setImage,
} from './evasion.ts';
import { isStatic, withMarkings } from './markings.ts';
import { inPlaces } from './places.ts';
import { spellings } from './spellings.ts';

/*
 * What the author of a Pod may try so that a node pulls from somewhere other than the mirror. Each
 * is data: requests about one Pod, in order, of which some may be refused. Whatever holds the
 * rules, the Pod that is stored in the end must name the mirror alone.
 */

/**
 * Holds rules that leave nothing but the mirror. `skip` is in them because whoever writes a Pod can
 * forge what it names.
 */
export const strictRules = {
  version: 1,
  skip: {
    owners: ['Job', 'Thing.example.org'],
    labels: { app: 'operator' },
    annotations: { 'example.com/raw': 'true' },
  },
  rules: [
    { from: 'docker.io', to: 'm.example/hub' },
    { from: 'gcr.io', to: 'm.example/gcr' },
    { from: '*', deny: 'only what is mirrored' },
  ],
} as const;

/**
 * Holds the same for rules that rewrite every registry: what cannot be rewritten must not be stored
 * either.
 */
export const catchAllRules = {
  version: 1,
  rules: [{ from: '*', to: 'm.example/${registry}' }],
} as const;

/** Lists the images of a stored Pod that no mirror has. */
export function strays({ spec }: Pod): string[] {
  const { containers, initContainers = [], ephemeralContainers = [], volumes = [] } = spec;
  const images = [
    ...[...containers, ...initContainers, ...ephemeralContainers].map(({ image }) => image),
    ...volumes.flatMap(({ image }) => (image === undefined ? [] : [image.reference])),
  ];
  return images.filter((image) => !image.startsWith(mirror));
}

const others: readonly Evasion[] = [
  {
    // A kubelet does not run such a Pod. Agents of virtual nodes do: they do not know the
    // annotation.
    name: 'a Pod that says it is the copy of a static Pod',
    steps: [
      {
        verb: 'create',
        pod: podOf('', { containers: [app(evil)], nodeName: 'virtual-node' }, isStatic),
      },
    ],
  },
  {
    name: 'another image for a Pod that says it is the copy of a static Pod',
    steps: [
      {
        verb: 'create',
        pod: podOf('', { containers: [app(mirrored)], nodeName: 'virtual-node' }, isStatic),
      },
      setImage(evil),
    ],
  },
  {
    name: 'resize with another image',
    isDropped: true,
    steps: [
      admitted,
      {
        verb: 'patch',
        subresource: 'resize',
        patch: { spec: { containers: [app(evil)] } },
      },
    ],
  },
  {
    name: 'status with another image',
    isDropped: true,
    steps: [
      admitted,
      {
        verb: 'patch',
        subresource: 'status',
        patch: { spec: { containers: [app(evil)] } },
      },
    ],
  },
];

/** Lists every evasion that the tests know. */
export const evasions: readonly Evasion[] = [
  ...spellings.map((image) => ({ name: image, steps: [createWith(image)] })),
  ...inPlaces,
  ...withMarkings,
  ...others,
];
