import { placeholder } from '../../decision/decide.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { annotation } from '../../workload/annotations.ts';
import { annotationValue, hasAnnotation } from './exempt.ts';
import { hasBypass, isStillMarked } from './mark.ts';
import { changedImages, pointedItem } from './pod.ts';
import { type Variable, variable, variables } from './variables.ts';

/* Which images of a Pod are left to the rules: admission/decide-pod.ts in CEL. */

/** Returns the images that are left to the rules, those with a bypass as well. */
export function openVariable({ exits, bypass }: RuleSet, isSomeExempt: boolean): Variable {
  const changed = changedImages(pointedItem);
  const reasons = [
    ...(exits.has('annotation')
      ? [
          {
            key: annotation.bypass,
            isKept: `${pointedItem.place}.substring(2) in ${variables.kept}`,
          },
        ]
      : []),
    ...(bypass === '' ? [] : [{ key: annotation.direct, isKept: isStillMarked }]),
  ];
  const isKept = reasons.map((each) => `!(${hasAnnotation(each.key)} && ${each.isKept})`);
  const open =
    reasons.length === 0
      ? changed
      : `${reasons.map(({ key }) => `!${hasAnnotation(key)}`).join(' && ')} ? ${changed}
: ${changed}.filter(x, ${isKept.join(' && ')})`;
  const isClosed = [
    ...(isSomeExempt ? [variables.exempt] : []),
    ...(exits.has('annotation') ? [`${annotationValue(annotation.bypass)} == "true"`] : []),
  ];
  return variable(
    'open',
    isClosed.length === 0 ? open : `${isClosed.join(' || ')} ? []\n: ${open}`,
  );
}

/** Returns the tests for the images that rules are asked about. */
export function askedTests({ exits, bypass }: RuleSet): string[] {
  return [
    ...(exits.has('placeholder') ? [`${pointedItem.image} != "${placeholder}"`] : []),
    ...(bypass === '' ? [] : [`!${hasBypass(bypass)}`]),
  ];
}
