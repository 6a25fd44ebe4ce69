import fc from 'fast-check';
import { arbitraryPod } from '../../rig/arbitrary-pod.ts';
import type { Pod } from '../../rig/kubernetes-object.ts';
import { spellings } from '../../support/arbitrary-request.ts';
import { image } from '../../support/arbitrary-rules.ts';

const metadataOf = fc.record({
  labels: fc.constantFrom({}, {}, { app: 'op-1' }, { app: 'web' }),
  ownerReferences: fc.constantFrom(
    [],
    [],
    [{ apiVersion: 'batch/v1', kind: 'Job', name: 'x', uid: 'u' }],
    [{ apiVersion: 'example.org/v1', kind: 'Thing', name: 'x', uid: 'u' }],
    [{ apiVersion: 'v1', kind: 'Thing', name: 'x', uid: 'u' }],
  ),
  bypass: fc.constantFrom(
    undefined,
    undefined,
    undefined,
    'true',
    'app,e',
    'app\u00a0c\n0',
    'true app',
  ),
  mark: fc.constantFrom(
    'keep',
    'keep',
    'none',
    'own',
    'own twice',
    'own and stale',
    'respelled',
    'respelled',
    'two for one',
  ),
});

/**
 * Makes Pods with images that the rules know, and some that no rule knows. Some Pods have a mark,
 * and an image that another webhook may have spelled in its own way since.
 */
export const meaningfulPod: fc.Arbitrary<Pod> = fc
  .tuple(
    arbitraryPod,
    fc.array(fc.option(image, { freq: 6 }), { minLength: 10, maxLength: 10 }),
    metadataOf,
    spellings,
  )
  .map(([pod, images, { labels, ownerReferences, bypass, mark }, [marked, now]]) => {
    const next = images[Symbol.iterator]();
    const replaced = (old: string) => next.next().value ?? old;
    const withImage = <T extends { image: string }>(each: T) => ({
      ...each,
      image: replaced(each.image),
    });
    const isRespelled = mark === 'respelled' || mark === 'two for one';
    const containers = pod.spec.containers
      .map(withImage)
      .map((each, index) => (isRespelled && index === 0 ? { ...each, image: now } : each));
    const volumes = (pod.spec.volumes ?? []).map((each) =>
      each.image
        ? { ...each, image: { ...each.image, reference: replaced(each.image.reference) } }
        : each,
    );
    const initContainers = (pod.spec.initContainers ?? []).map(withImage);
    const entry = containers.map((each) => `c/${each.name}=${each.image}`)[0] ?? '';
    const respelled = `c/${containers[0]?.name}=${marked}`;
    const marks = {
      respelled: `i/gone=x ${respelled}`,
      'two for one': `${respelled} ${entry} nowhere`,
      own: entry,
      'own twice': `${entry}  ${entry}`,
      'own and stale': `c/gone=x ${entry}`,
      none: '',
      keep: undefined,
    };
    const annotations = {
      ...pod.metadata.annotations,
      ...(bypass !== undefined && { 'image-detour/bypass': bypass }),
      ...(marks[mark] !== undefined && { 'image-detour/direct': marks[mark] }),
    };
    return wellFormed({
      ...pod,
      metadata: { ...pod.metadata, labels, ownerReferences, annotations },
      spec: { ...pod.spec, containers, volumes, initContainers },
    });
  });

/** Without lone surrogates, which the API server replaces when it reads them. */
function wellFormed<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, each) =>
    typeof each === 'string' ? Buffer.from(each).toString() : each,
  );
}
