import type { Diagnostic } from '../rules/diagnostic.ts';
import { DiagnosticList, mostDiagnostics } from '../rules/diagnostic-list.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { type Collision, CollisionSearch } from './collisions.ts';
import { decide } from './decide.ts';

/** Images that a finding names. */
const maxNamed = 3;

/**
 * Reports which of the given images become one although they are different: each collision is a
 * finding at the rule that brings it about. All rules apply, whatever their namespaces.
 */
export function reportCollisions(
  images: Iterable<string>,
  ruleSet: RuleSet,
): readonly Diagnostic[] {
  const search = new CollisionSearch();
  for (const image of images) search.add(image, decide(image, ruleSet, { namespace: undefined }));
  const found = new DiagnosticList(mostDiagnostics);
  for (const each of search.found()) found.add('warning', () => finding(each));
  return found.inFileOrder();
}

function finding({ becomes, images, rule: { line, column } }: Collision): Diagnostic {
  const named = images.slice(0, maxNamed).join(', ');
  const more = images.length > maxNamed ? ` and ${images.length - maxNamed} more` : '';
  return {
    line,
    column,
    code: 'colliding-images',
    severity: 'warning',
    message: `${images.length} different images become ${becomes}: ${named}${more}`,
    expected: 'one list if they are the same images, otherwise a rule for one of them',
  };
}
