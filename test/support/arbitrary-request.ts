import fc from 'fast-check';
import { image } from './arbitrary-rules.ts';
import { markedImages } from './marked-images.ts';
import type { ModelPod, ModelRequest } from './review-model.ts';

/* Requests in which all that a review reads meets, for the rules of arbitrary-rules.ts. */

const name = fc.constantFrom('a', 'b', 'c', 'app');
const pullPolicy = fc.constantFrom('Always', 'IfNotPresent', 'Never', '');
const container = fc.record(
  { name, image, imagePullPolicy: pullPolicy },
  { requiredKeys: ['name', 'image'] },
);
const volume = fc.record({
  name,
  image: fc.record({ reference: image, pullPolicy }, { requiredKeys: ['reference'] }),
});
const few = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { maxLength: 3 });
const places = ['c/a', 'c/app', 'i/b', 'v/c'];
const mark = fc.array(
  fc.tuple(fc.constantFrom(...places), image).map((parts) => parts.join('=')),
  { maxLength: 3 },
);
const metadata = fc.record(
  {
    annotations: fc.record(
      {
        'image-detour/direct': mark.map((entries) => entries.join(' ')),
        'image-detour/bypass': fc.constantFrom('true', 'a', 'b,c', 'app  b', ''),
        'kubernetes.io/config.mirror': fc.constant('x'),
      },
      { requiredKeys: [] },
    ),
    labels: fc.record({ app: fc.constantFrom('op-1', 'op-', 'other') }, { requiredKeys: [] }),
    ownerReferences: few(
      fc.record({
        apiVersion: fc.constantFrom('v1', 'batch/v1', 'example.org/v2'),
        kind: fc.constantFrom('Job', 'Thing', 'ReplicaSet'),
      }),
    ),
  },
  { requiredKeys: [] },
);
const pod = fc.record({
  metadata: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 2, arbitrary: metadata }),
  spec: fc.record(
    {
      containers: few(container),
      initContainers: few(container),
      ephemeralContainers: few(container),
      volumes: few(volume),
    },
    { requiredKeys: ['containers'] },
  ),
});

/** Makes an image, and how somebody else writes the same one, or nearly the same. */
export const spellings = fc.oneof(
  fc.constantFrom(...markedImages).map(({ marked, image: now }) => [marked, now] as const),
  fc
    .tuple(image, fc.constantFrom('', ':latest', ':1', `@sha256:${'a'.repeat(64)}`))
    .map(([each, suffix]) => [each, each + suffix] as const),
  image.map((each) => [each, `docker.io/${each}`] as const),
);

/** A Pod with a mark that another webhook may have respelled the image of. */
const markedPod = fc.tuple(pod, spellings).map(([each, [marked, now]]): ModelPod => {
  const annotations = { 'image-detour/direct': `c/app=${marked}` };
  return withFirst(each, { name: 'app', image: now }, annotations);
});

const somePod = fc.oneof({ weight: 4, arbitrary: pod }, { weight: 2, arbitrary: markedPod });
const namespace = fc.constantFrom('policy-a1', 'policy-b', 'other', 'default');

const newPod = fc.tuple(namespace, somePod).map(([ns, object]): ModelRequest => {
  return { operation: 'CREATE', namespace: ns, object };
});

const update = fc
  .tuple(namespace, somePod, somePod, fc.boolean())
  .map(([ns, object, other, isLike]): ModelRequest => {
    // An update mostly leaves images as they are.
    const spec = { ...other.spec, containers: (object.spec.containers ?? []).slice(0, 1) };
    const oldObject = isLike ? { ...other, spec } : other;
    return { operation: 'UPDATE', namespace: ns, object, oldObject };
  });

/** An update that writes what was, or nearly was, the original of what runs. */
const originalWritten = fc
  .tuple(namespace, pod, pod, spellings, spellings)
  .map(([ns, object, other, [original, written], [became, running]]): ModelRequest => {
    const record = {
      'image-detour/original-images': JSON.stringify({ app: original }),
      'image-detour/rewritten-images': JSON.stringify({ app: became }),
    };
    return {
      operation: 'UPDATE',
      namespace: ns,
      object: withFirst(object, { name: 'app', image: written }, {}),
      oldObject: withFirst(other, { name: 'app', image: running }, record),
    };
  });

function withFirst(
  { metadata: before, spec }: ModelPod,
  first: { readonly name: string; readonly image: string },
  added: Readonly<Record<string, string>>,
): ModelPod {
  const annotations = { ...before?.annotations, ...added };
  const containers = [first, ...(spec.containers ?? [])];
  return { metadata: { ...before, annotations }, spec: { ...spec, containers } };
}

/** Makes requests for new Pods and for updates. */
export const request = fc.oneof(
  { weight: 4, arbitrary: newPod },
  { weight: 2, arbitrary: update },
  { weight: 2, arbitrary: originalWritten },
);
