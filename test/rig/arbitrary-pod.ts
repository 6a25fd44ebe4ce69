import fc from 'fast-check';
import { type Container, defaultMirror, type Pod, type Volume } from './kubernetes-object.ts';

/**
 * What the API server trims, what JavaScript trims, and what patches, JSON and annotations escape.
 */
const oddCharacters = [
  '\ufeff',
  '\u0085',
  '\u00a0',
  '\u2028',
  '\u200b',
  ' ',
  '\t',
  '\n',
  '\0',
  '\u{1f600}',
] as const;
const specialTexts = [
  '/',
  '//',
  ':',
  '@',
  '%2f',
  '~1',
  '"',
  '\\',
  '=',
  '..',
  '<',
  '{',
  '${mirror}',
  'Ä',
] as const;
const reservedNames = [
  '__proto__',
  'constructor',
  'toString',
  'null',
  '0',
  '-1',
  'app',
  'UPPER',
] as const;

const registry = fc.constantFrom(
  '',
  'k8s.gcr.io/',
  'gcr.io/',
  'gcr.io/google-containers/',
  'quay.io/',
  'QUAY.IO/',
  'eu.gcr.io/',
  'docker.io/',
  'index.docker.io/',
  'localhost:5000/',
  'quay.io:443/',
  'quay.io.evil.example/',
  '602401143452.dkr.ecr.us-west-2.amazonaws.com/',
  `${defaultMirror}/`,
  `${defaultMirror}/quay/`,
);
const bypass = fc.constantFrom('', '', '', 'direct.to/', 'direct.to/direct.to/', 'DIRECT.TO/');
const path = fc
  .array(fc.stringMatching(/^[a-z0-9]{1,12}([._-][a-z0-9]{1,6})?$/), { minLength: 1, maxLength: 3 })
  .map((segments) => segments.join('/'));
const suffix = fc.constantFrom(
  '',
  ':1.3.1',
  ':latest',
  `:${'t'.repeat(128)}`,
  `@sha256:${'0'.repeat(64)}`,
  `:v1@sha256:${'a'.repeat(64)}`,
);
const valid = fc.tuple(bypass, registry, path, suffix).map((parts) => parts.join(''));

const fragment = fc.oneof(
  valid,
  fc.constantFrom(...oddCharacters, ...specialTexts, ...reservedNames, 'direct.to', 'direct.to/'),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const hostile = fc.oneof(
  fc.array(fragment, { maxLength: 4 }).map((parts) => parts.join('')),
  fc.tuple(fc.constantFrom(...oddCharacters), valid).map(([odd, image]) => odd + image),
  fc.tuple(valid, fc.constantFrom(...oddCharacters)).map(([image, odd]) => image + odd),
  fc
    .tuple(valid, fc.constantFrom(...oddCharacters))
    .map(([image, odd]) => image.replace('/', `/${odd}`)),
  path.map((segment) => `quay.io/${`${segment}/`.repeat(40)}x`), // longer than a reference may be
);
const image = fc.oneof({ weight: 3, arbitrary: valid }, { weight: 2, arbitrary: hostile });

// Mostly names that the API server takes, or it would look at no image.
const name = fc.oneof(
  { weight: 20, arbitrary: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/) },
  { weight: 1, arbitrary: fc.constantFrom('', 'UPPER', 'a'.repeat(64), '__proto__', 'a b', 'a/b') },
);
const names = fc.constantFrom('constructor', 'prototype', 'app', 'e', 'c', '0');
const containerName = fc.oneof({ weight: 3, arbitrary: name }, { weight: 1, arbitrary: names });

const pullPolicy = fc.constantFrom('Always', 'IfNotPresent', 'Never');
const container: fc.Arbitrary<Container> = fc.record(
  {
    name: containerName,
    image,
    imagePullPolicy: pullPolicy,
    env: fc.constant([{ name: '__proto__', value: '{"image":"quay.io/p/x"}' }]),
  },
  { requiredKeys: ['name', 'image'] },
);
const initContainer: fc.Arbitrary<Container> = fc
  .tuple(container, fc.boolean())
  .map(([each, restartable]) => (restartable ? { ...each, restartPolicy: 'Always' } : each));
const imageVolume = fc.record({ reference: image, pullPolicy }, { requiredKeys: ['reference'] });
const volume: fc.Arbitrary<Volume> = fc
  .tuple(containerName, fc.option(imageVolume, { nil: undefined }))
  .map(([each, source]) =>
    source === undefined ? { name: each, emptyDir: {} } : { name: each, image: source },
  );

const annotations = fc.dictionary(
  fc.constantFrom(
    'example.com/a',
    'image-detour/direct',
    'image-detour/bypass',
    'constructor',
    'image-detour/original-images',
    'kubernetes.io/config.source',
  ),
  fc.oneof(
    fc.constantFrom(
      '',
      'true',
      'app',
      'c/app=busybox:latest',
      'c/app= e/',
      '{',
      '{"app":1}',
      oddCharacters.join(''),
    ),
    image.map((each) => `c/app=${each}`),
    fc.string({ unit: 'binary', maxLength: 12 }),
  ),
  { maxKeys: 3 },
);

const few = { minLength: 0, maxLength: 3 } as const;
/** Makes Pods that the API server mostly takes, with images and annotations made to be misread. */
export const arbitraryPod: fc.Arbitrary<Pod> = fc
  .record({
    name,
    annotations: fc.option(annotations, { nil: undefined }),
    containers: unique(container, { minLength: 1, maxLength: 4 }),
    initContainers: unique(initContainer, few),
    volumes: unique(volume, few),
  })
  .map((parts) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: parts.name,
      ...(parts.annotations && { annotations: parts.annotations }),
    },
    spec: {
      automountServiceAccountToken: false, // the token's volume would get a random name
      containers: parts.containers,
      initContainers: parts.initContainers,
      volumes: parts.volumes,
    },
  }));

function unique<T extends { readonly name: string }>(
  each: fc.Arbitrary<T>,
  size: { minLength: number; maxLength: number },
): fc.Arbitrary<T[]> {
  return fc.uniqueArray(each, { ...size, selector: ({ name: key }) => key });
}
