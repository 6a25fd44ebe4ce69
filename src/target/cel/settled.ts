import type { RuleSet } from '../../rules/rule-set.ts';
import { annotation } from '../../workload/annotations.ts';
import { imageFields } from '../../workload/image-fields.ts';
import { hasAnnotation } from './exempt.ts';
import { pattern, quote, text } from './literal.ts';
import { isInRules, mirrorNames } from './mirrors.ts';
import { nameOf } from './names.ts';

/*
 * Whether a Pod needs nothing, because all of its images are written with their mirror. The API
 * server asks a policy a second time about what the policy itself wrote; the patch, even an empty
 * one, is the most expensive part of that, and a condition saves it.
 */

/** More names make the test cost more than it saves. Each that is left out is only looked at longer. */
const maxNames = 20;

/**
 * Returns the test that some image of a Pod may change, or what comes with it; nothing if that
 * cannot be known so easily.
 */
export function unsettledTest(ruleSet: RuleSet): string | undefined {
  const names = settledNames(ruleSet);
  const [first, ...others] = names;
  if (first === undefined) return undefined;
  const isSettled = (image: string) =>
    others.length === 0
      ? `${image}.startsWith(${text(first)})`
      : `${image}.matches(${pattern(`^(${names.map(quote).join('|')})`)})`;
  const tests = imageFields.map(({ list, path }) => {
    const image = `c.?${path.join('.?')}`;
    const isOpen =
      path.length === 1
        ? `!${isSettled(`${image}.orValue("")`)}`
        : `${image}.hasValue() && !${isSettled(`string(${image}.orValue(""))`)}`;
    return `object.spec.?${list}.orValue([]).exists(c, ${isOpen})`;
  });
  const hasMark = hasAnnotation(annotation.direct);
  return [...tests, ...(ruleSet.bypass === '' ? [] : [hasMark])].join('\n|| ');
}

/** Returns what an image can begin with so that it stays as it is, and needs no pull secret. */
function settledNames(ruleSet: RuleSet): string[] {
  const { destinations, decidedBelow, bypass, registries } = ruleSet;
  const needsSecret = (host: string) =>
    registries.entries.some((each) => each.host === host && each.facts.pullSecrets !== undefined);
  return [...destinations.keys()]
    .filter((host) => !decidedBelow?.has(host) && !needsSecret(host))
    .flatMap((host) => (isInRules(host, ruleSet) ? mirrorNames(ruleSet, host) : [nameOf(host, '')]))
    .filter((name) => bypass === '' || !name.startsWith(bypass))
    .slice(0, maxNames);
}
