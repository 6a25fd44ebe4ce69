import { expect, test } from 'vitest';
import { reviewBody } from '../../test/support/admission-review.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { formatInSteps } from './response.ts';
import { reviewAdmission, reviewInSteps } from './review.ts';
import type { Steps } from './steps.ts';

const text = 'version: 1\nrules: [{from: k8s.gcr.io, to: m.example}]\n';
const ruleSet = loadRules(text).ruleSet as RuleSet;

function reviewOf(count: number, name: (index: number) => string): string {
  const containers = Array.from({ length: count }, (_, index) => {
    return { name: `c${index}`, image: `k8s.gcr.io/${name(index)}` };
  });
  const object = { metadata: { name: 'p' }, spec: { containers } };
  return reviewBody({ uid: 'u', operation: 'CREATE', namespace: 'default', object });
}

/** Runs all steps, and returns what `count` counted in each of them. */
function countInSteps(steps: Steps<unknown>, count: () => number): number[] {
  const counts: number[] = [];
  for (let before = count(); ; before = count()) {
    const { done } = steps.next();
    counts.push(count() - before);
    if (done) return counts;
  }
}

test.each([
  ['9,999 images', reviewOf(9_999, (index) => `${'a'.repeat(100)}:${index}`), 9_999, 2_048],
  ['the shortest images', reviewOf(9_999, () => 'a'), 9_999, 2_048],
  ['340 images of 700 characters', reviewOf(340, () => 'a'.repeat(689)), 340, 317],
])('of %s no step decides many', (_, body, images, most) => {
  let asked = 0;
  // The rules are asked about each image twice.
  const counting: RuleSet = Object.defineProperty({ ...ruleSet }, 'bypass', {
    get() {
      asked++;
      return ruleSet.bypass;
    },
  });
  const decided = countInSteps(reviewInSteps(body, counting), () => asked / 2);
  expect(Math.max(...decided)).toBeLessThanOrEqual(most + 1);
  expect(decided.reduce((sum, each) => sum + each)).toBeGreaterThanOrEqual(images);
});

test('a review of an ordinary Pod takes one step', () => {
  const body = reviewOf(10, (index) => `pause:${index}`);
  expect(countInSteps(reviewInSteps(body, ruleSet), () => 0)).toHaveLength(1);
  expect(countInSteps(formatInSteps(reviewAdmission(body, ruleSet)), () => 0)).toHaveLength(1);
});

test.each([0, 1, 2, 3, 4, 5])(
  'an answer that is formatted in several steps has the whole patch: %i',
  (length) => {
    const name = (index: number) => `${'a'.repeat(length + (index % 90))}b:${index}`;
    const result = reviewAdmission(reviewOf(9_000, name), ruleSet);
    const formatting = formatInSteps(result);
    let stepsBefore = 0;
    let answer = formatting.next();
    for (; !answer.done; answer = formatting.next()) stepsBefore++;
    const { patch } = JSON.parse(answer.value.body).response;
    expect(patch === btoa(JSON.stringify(result.patch))).toBe(true);
    expect(result.patch).toHaveLength(9_000);
    expect(stepsBefore).toBeGreaterThanOrEqual(3);
  },
);
