import type { RuleSet } from '../rules/rule-set.ts';
import { type Decision, type DecisionContext, decide } from './decide.ts';

/** RuleLayers are the rules that apply in a namespace. */
export interface RuleLayers {
  readonly cluster: RuleSet;
  /** Those that the namespace adds for itself, where it may. */
  readonly namespace: RuleSet | undefined;
}

/** Decides by the cluster's rules and, if none of them matches, by those of the namespace. */
export function decideLayered(
  image: string,
  { cluster, namespace }: RuleLayers,
  context: DecisionContext,
): Decision {
  const decision = decide(image, cluster, context);
  if (decision.reason !== 'no-rule' || namespace === undefined) return decision;
  const added = decide(image, namespace, context);
  // What the cluster says of the place that a namespace sends an image to goes before.
  const last = decide(added.image, cluster, context);
  if (last.action === 'keep') return added;
  return last.action === 'deny' ? { ...last, image } : last;
}
