import { parseReference } from '../../src/reference/reference.ts';
import { ruleHost } from '../../src/rules/origin.ts';
import type { Trial } from './try-input.ts';

/** Different images that would be pulled as one. */
export interface Collision {
  readonly becomes: string;
  readonly images: readonly string[];
}

/** Looked for among what is tried; what the rules alone can say is told by `checkRules`. */
export function findCollisions(trials: readonly Trial[]): Collision[] {
  const byMirror = new Map<string, Map<string, Trial>>();
  for (const trial of trials) {
    const { action, reason, image } = trial.decision;
    if (action !== 'rewrite' || reason !== 'rule') continue;
    const origins = byMirror.get(image) ?? new Map<string, Trial>();
    const identity = identityOf(trial);
    if (!origins.has(identity)) origins.set(identity, trial);
    byMirror.set(image, origins);
  }
  const collisions: Collision[] = [];
  for (const [becomes, origins] of byMirror) {
    if (origins.size < 2) continue;
    collisions.push({ becomes, images: [...origins.values()].map(({ image }) => image) });
  }
  return collisions;
}

/** The same for two spellings of one image, and for the names that one list of the rules declares to be the same. */
function identityOf({ image, decision: { rule } }: Trial): string {
  const reference = parseReference(image);
  if (rule === undefined || reference === undefined) return image;
  const { registry, repository, tag, digest } = reference;
  const isOfList = repository.slice(rule.restStart);
  const origin = rule.origin.kind === 'host' ? `entry ${rule.entry}` : ruleHost(registry);
  return [origin, isOfList, tag ?? 'latest', digest ?? ''].join(' ');
}
