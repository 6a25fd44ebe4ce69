import { type Collision, CollisionSearch } from '../../src/decision/collisions.ts';
import type { Result } from './try-input.ts';

/** Finds collisions among what is tried; the rules of each namespace are a file of their own. */
export function* findCollisions({
  trials,
  namespaceRules,
}: Pick<Result, 'trials' | 'namespaceRules'>): Generator<undefined, readonly Collision[]> {
  const search = new CollisionSearch();
  for (const { image, namespace, decision } of trials) {
    const rule = decision.earlier?.[0]?.rule ?? decision.rule;
    const isOfNamespace =
      rule !== undefined && namespaceRules.get(namespace)?.indexed.includes(rule);
    search.add(image, decision, isOfNamespace ? namespace : '');
    yield;
  }
  return search.found();
}
