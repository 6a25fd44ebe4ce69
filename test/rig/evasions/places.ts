import { podOf } from '../kubernetes-object.ts';
import {
  admitted,
  app,
  create,
  createWith,
  debug,
  type Evasion,
  evil,
  mirrored,
  patch,
  plain,
  type Step,
  setImage,
} from './evasion.ts';

const sleeper = app(mirrored);
const volume = (reference: string) => ({ name: 'volume', image: { reference } });

const places: Readonly<Record<string, (image: string) => readonly Step[]>> = {
  'a container': (image) => [createWith(image)],
  'the second container': (image) => [create({ containers: [sleeper, { name: 'b', image }] })],
  'an init container': (image) => [
    create({ containers: [sleeper], initContainers: [{ name: 'init', image }] }),
  ],
  'a sidecar': (image) => [
    create({
      containers: [sleeper],
      initContainers: [{ name: 'init', image, restartPolicy: 'Always' }],
    }),
  ],
  'an image volume': (image) => [create({ containers: [sleeper], volumes: [volume(image)] })],
  'an ephemeral container': (image) => [admitted, debug(image)],
  'the second ephemeral container': (image) => [
    admitted,
    debug(mirrored),
    {
      verb: 'patch',
      subresource: 'ephemeralcontainers',
      patch: { spec: { ephemeralContainers: [{ name: 'second', image }] } },
    },
  ],
  'an update of a container': (image) => [admitted, setImage(image)],
  'an update of an init container': (image) => [
    create({ containers: [sleeper], initContainers: [{ name: 'init', image: mirrored }] }),
    patch({ spec: { initContainers: [{ name: 'init', image }] } }),
  ],
  'a Pod that is replaced': (image) => [
    admitted,
    { verb: 'replace', pod: podOf('', { ...plain, containers: [app(image)] }) },
  ],
  'a Pod that is applied': (image) => [
    { verb: 'apply', pod: podOf('', { ...plain, containers: [app(image)] }) },
  ],
  'a Pod that is applied again': (image) => [
    { verb: 'apply', pod: podOf('', { ...plain, containers: [sleeper] }) },
    { verb: 'apply', pod: podOf('', { ...plain, containers: [app(image)] }) },
  ],
};

/** Lists evasions by each place of a Pod that can hold an image. */
export const inPlaces: readonly Evasion[] = Object.entries(places).flatMap(([place, steps]) =>
  [evil, 'busybox', 'direct.to/evil.com/x', '[::1]:5000/x'].map((image) => ({
    name: `${image} in ${place}`,
    steps: steps(image),
  })),
);
