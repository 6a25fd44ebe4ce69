import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PatchOperation } from '../../src/admission/patch.ts';
import { exitNames } from '../../src/rules/exit-names.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import type { RulesFile } from '../../src/rules/schema.ts';
import { reviewBody } from '../support/admission-review.ts';
import { answerReview } from '../support/answer-review.ts';
import { request } from '../support/arbitrary-request.ts';
import { rulesFile } from '../support/arbitrary-rules.ts';
import { type ModelRequest, modelAnswer, modelSecrets } from '../support/review-model.ts';

/** How many reviews; `DIFFERENTIAL_RUNS=1000000 .ci/long differential` for a long run. */
const reviews = Number(process.env.DIFFERENTIAL_RUNS ?? 20_000);
const reviewsOfOneFile = 50;

const exits = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(undefined, 'all', 'none') },
  { weight: 1, arbitrary: fc.subarray([...exitNames]) },
);
const options = fc.record({ exits, annotate: fc.boolean() });

/** What a review answers: by place, what images become or which are denied; and pull secrets. */
function answerOf(asked: ModelRequest, ruleSet: RuleSet) {
  const { body, decisions } = answerReview(reviewBody(asked), ruleSet);
  const { response } = JSON.parse(body);
  const denied = decisions.filter(({ decision }) => decision.action === 'deny');
  const reasons = decisions.map(({ decision }) => decision.reason);
  expect(response.allowed).toBe(denied.length === 0);
  // A denial has no patch; what the others would become is in the decisions.
  if (denied.length > 0) {
    const changed = decisions.filter(({ decision }) => decision.action !== 'keep');
    const images = changed.map(({ pointer, decision }): [string, string] => [
      `/spec${pointer}`,
      decision.action === 'deny' ? 'deny' : decision.image,
    ]);
    return { images: new Map(images), secrets: undefined, reasons };
  }
  const patch: PatchOperation[] =
    response.patch === undefined ? [] : JSON.parse(atob(response.patch));
  const images = patch.filter(({ path }) => /\/(image|reference)$/.test(path));
  const added = patch.filter(({ path }) => path.startsWith('/spec/imagePullSecrets'));
  return {
    images: new Map(images.map(({ path, value }) => [path, value as string])),
    secrets: added.flatMap(({ value }) => [value as Secret | Secret[]].flat()),
    reasons,
  };
}

interface Secret {
  readonly name: string;
}

test(`${reviews} reviews get the answers of a second, simple implementation of the rules`, () => {
  const seen = { compared: 0, changed: 0, withSecrets: 0, marked: 0, recorded: 0 };
  const compare = (file: RulesFile, ruleSet: RuleSet, asked: ModelRequest) => {
    const { images, secrets, reasons } = answerOf(asked, ruleSet);
    expect(images).toEqual(modelAnswer(file, asked));
    if (secrets !== undefined)
      expect(secrets.map(({ name }) => name)).toEqual(modelSecrets(file, asked));
    seen.compared++;
    seen.changed += Number(images.size > 0);
    seen.withSecrets += Number(secrets !== undefined && secrets.length > 0);
    seen.marked += Number(reasons.includes('bypassed'));
    seen.recorded += Number(reasons.includes('recorded'));
  };
  const several = { minLength: reviewsOfOneFile, maxLength: reviewsOfOneFile };
  fc.assert(
    fc.property(rulesFile, options, fc.array(request, several), (rules, more, requests) => {
      const text = JSON.stringify({ ...rules, ...more });
      const ruleSet = loadRules(text).ruleSet as RuleSet;
      const file = JSON.parse(text) as RulesFile;
      for (const asked of requests) compare(file, ruleSet, asked);
    }),
    { numRuns: Math.ceil(reviews / reviewsOfOneFile) },
  );
  expect(seen.compared).toBeGreaterThanOrEqual(reviews);
  // A fuzz of Pods that nothing happens to would show nothing.
  expect(seen.changed).toBeGreaterThan(reviews / 4);
  expect(seen.withSecrets).toBeGreaterThan(reviews / 20);
  expect(seen.marked).toBeGreaterThan(reviews / 100);
  expect(seen.recorded).toBeGreaterThan(reviews / 250);
}, 7_200_000);
