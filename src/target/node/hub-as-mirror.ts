import { dockerHub } from '../../reference/docker-hub.ts';
import type { Diagnostic } from '../../rules/diagnostic.ts';
import type { Rule } from '../../rules/rule-set.ts';
import { exceptFor } from '../contract/target.ts';

/**
 * Notes rules that send images to the top of Docker Hub: `docker.io/app` is library/app, and a node
 * asks for `app`, which is not there, or refuses that name.
 */
export function reportHubAsMirror(rules: readonly Rule[]): Diagnostic[] {
  return rules.filter(isToTopOfHub).map((rule) => {
    const message = `"${rule.from}": names of one segment are official there, and the target cannot add library/ to them`;
    return exceptFor(rule, message);
  });
}

function isToTopOfHub({ origin, destination }: Rule): boolean {
  if (destination?.host !== dockerHub) return false;
  // Of a part nothing can be left.
  return destination.path === '' || (origin.path !== '' && !destination.path.includes('/'));
}
