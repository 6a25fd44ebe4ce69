import type { NamespaceRules } from '../../src/admission/decide-pod.ts';
import { type Collision, CollisionSearch } from '../../src/decision/collisions.ts';
import type { Trial } from './try-input.ts';

/** Finds collisions among what is tried; the rules of each namespace are a file of their own. */
export function findCollisions(
  trials: readonly Trial[],
  namespaceRules: NamespaceRules = new Map(),
): Collision[] {
  const search = new CollisionSearch();
  for (const { image, namespace, decision } of trials) {
    const rule = decision.earlier?.[0]?.rule ?? decision.rule;
    const isOfNamespace =
      rule !== undefined && namespaceRules.get(namespace)?.indexed.includes(rule);
    search.add(image, decision, isOfNamespace ? namespace : '');
  }
  return search.found();
}
