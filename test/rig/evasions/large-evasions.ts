import type { Container } from '../kubernetes-object.ts';
import { app, create, createWith, type Evasion, evil, mirrored } from './evasion.ts';
import { annotated } from './markings.ts';

/** Numbered, so that no two have one name; `image` may depend on the number. */
const many = (count: number, image: (index: number) => string): Container[] =>
  Array.from({ length: count }, (_, index) => ({ name: `c${index}`, image: image(index) }));

/** Lists Pods that cost much to judge; slow, as the API server works on each for a while. */
export const largeEvasions: readonly Evasion[] = [
  {
    name: '10,001 images of an origin',
    steps: [create({ containers: many(10_001, () => evil) })],
  },
  {
    name: 'one behind 10,000 that are mirrored',
    steps: [create({ containers: [...many(10_000, () => mirrored), app(evil)] })],
  },
  {
    name: 'one before 10,000 that are mirrored',
    steps: [create({ containers: [app(evil), ...many(10_000, () => mirrored)] })],
  },
  {
    name: 'one behind 1,600 that are mirrored',
    steps: [create({ containers: [...many(1_600, () => mirrored), app(evil)] })],
  },
  {
    name: 'one behind 40 of 16,000 characters',
    steps: [
      create({
        containers: [
          ...many(40, (index) => `${'a.'.repeat(8_000)}com/x${index}`),
          app('evil.com/x'),
        ],
      }),
    ],
  },
  {
    name: 'one behind a mark of 200 kB',
    steps: [
      createWith(
        evil,
        annotated({ 'image-detour/direct': `${'c/x=y '.repeat(33_000)}c/app=${evil}` }),
      ),
    ],
  },
];
