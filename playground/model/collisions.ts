import type { NamespaceRules } from '../../src/admission/decide-pod.ts';
import { canonicalHost } from '../../src/reference/docker-hub.ts';
import { nodeReference } from '../../src/reference/reference.ts';
import type { Trial } from './try-input.ts';

/** Collision is different images that would be pulled as one. */
export interface Collision {
  readonly becomes: string;
  readonly images: readonly string[];
}

/** Finds collisions among what is tried; `checkRules` reports those that the rules alone reveal. */
export function findCollisions(
  trials: readonly Trial[],
  namespaceRules: NamespaceRules = new Map(),
): Collision[] {
  const firsts = new Map<string, Trial>();
  const meeting = new Map<string, Trial[]>();
  for (const trial of trials) {
    const { action, reason, image } = trial.decision;
    if (action !== 'rewrite' || reason !== 'rule') continue;
    const first = firsts.get(image);
    if (first === undefined) firsts.set(image, trial);
    // The same image many times over is no collision, and looking closer costs more.
    else if (first.image !== trial.image)
      meeting.set(image, [...(meeting.get(image) ?? [first]), trial]);
  }
  return [...meeting].flatMap(([becomes, all]) => {
    const images = new Map<string, string>();
    for (const trial of all) {
      const identity = identityOf(trial, namespaceRules);
      if (!images.has(identity)) images.set(identity, trial.image);
    }
    return images.size < 2 ? [] : { becomes, images: [...images.values()] };
  });
}

/**
 * Returns a text that is the same for two spellings of one image, and for the names that one list
 * of the rules declares to be the same.
 */
function identityOf(
  { image, namespace, decision: { rule } }: Trial,
  namespaceRules: NamespaceRules,
): string {
  const reference = nodeReference(image);
  if (rule === undefined || reference === undefined) return image;
  const { registry, repository, tag, digest } = reference;
  const isOfList = repository.slice(rule.restStart);
  const file = namespaceRules.get(namespace)?.indexed.includes(rule) ? namespace : '';
  const origin =
    rule.origin.kind === 'host' ? `entry ${file}/${rule.entry}` : canonicalHost(registry);
  return [origin, isOfList, tag ?? 'latest', digest ?? ''].join(' ');
}
