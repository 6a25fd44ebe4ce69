import { nodeReference } from '../reference/reference.ts';
import { placeOf } from '../rules/place.ts';
import { findFact, type Registries } from '../rules/registries.ts';
import type { PodDecision } from './decide-pod.ts';

/**
 * Returns the Secrets that the registries of a Pod's images need, each once, in the order of the
 * images. An image that was kept before any rule was asked needs none.
 */
export function neededPullSecrets(
  decisions: readonly PodDecision[],
  registries: Registries,
): ReadonlySet<string> {
  const needed = new Set<string>();
  if (!registries.hasPullSecrets) return needed;
  const images = decisions
    .filter(({ decision }) => wasAsked(decision))
    .map(({ decision }) => decision.image);
  for (const image of new Set(images))
    for (const name of pullSecretsFor(image, registries)) needed.add(name);
  return needed;
}

/** Reports whether the rules were asked where an image is pulled from. */
function wasAsked({ rule, reason }: PodDecision['decision']): boolean {
  return (
    rule !== undefined ||
    reason === 'bypass' ||
    reason === 'no-rule' ||
    reason === 'already-mirrored'
  );
}

/** Returns the Secrets that an image needs, by where it is pulled from. */
export function pullSecretsFor(image: string, registries: Registries): readonly string[] {
  const reference = nodeReference(image);
  if (reference === undefined) return [];
  return findFact(registries, placeOf(reference), 'pullSecrets') ?? [];
}
