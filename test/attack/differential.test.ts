import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exitNames } from '../../src/rules/exit-names.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import type { RulesFile } from '../../src/rules/schema.ts';
import { reviewBody } from '../support/admission-review.ts';
import { answerReview } from '../support/answer-review.ts';
import { image, rulesFile } from '../support/arbitrary-rules.ts';
import { type ModelRequest, modelAnswer } from '../support/review-model.ts';

/** How many reviews; `DIFFERENTIAL_RUNS=1000000 .ci/long differential` for a long run. */
const reviews = Number(process.env.DIFFERENTIAL_RUNS ?? 20_000);
const reviewsOfOneFile = 50;

const name = fc.constantFrom('a', 'b', 'c', 'app');
const pullPolicy = fc.constantFrom('Always', 'IfNotPresent', 'Never', '');
const container = fc.record(
  { name, image, imagePullPolicy: pullPolicy },
  { requiredKeys: ['name', 'image'] },
);
const volume = fc.record({
  name,
  image: fc.record({ reference: image, pullPolicy }, { requiredKeys: ['reference'] }),
});
const few = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { maxLength: 3 });
const places = ['c/a', 'c/app', 'i/b', 'v/c'];
const mark = fc.array(
  fc.tuple(fc.constantFrom(...places), image).map((parts) => parts.join('=')),
  { maxLength: 3 },
);
const metadata = fc.record(
  {
    annotations: fc.record(
      {
        'image-detour/direct': mark.map((entries) => entries.join(' ')),
        'image-detour/bypass': fc.constantFrom('true', 'a', 'b,c', 'app  b', ''),
        'kubernetes.io/config.mirror': fc.constant('x'),
      },
      { requiredKeys: [] },
    ),
    labels: fc.record({ app: fc.constantFrom('op-1', 'op-', 'other') }, { requiredKeys: [] }),
    ownerReferences: few(
      fc.record({
        apiVersion: fc.constantFrom('v1', 'batch/v1', 'example.org/v2'),
        kind: fc.constantFrom('Job', 'Thing', 'ReplicaSet'),
      }),
    ),
  },
  { requiredKeys: [] },
);
const pod = fc.record({
  metadata: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 2, arbitrary: metadata }),
  spec: fc.record(
    {
      containers: few(container),
      initContainers: few(container),
      ephemeralContainers: few(container),
      volumes: few(volume),
    },
    { requiredKeys: ['containers'] },
  ),
});
const namespace = fc.constantFrom('policy-a1', 'policy-b', 'other', 'default');
const request = fc
  .tuple(fc.constantFrom('CREATE', 'CREATE', 'UPDATE'), namespace, pod, pod, fc.boolean())
  .map(([operation, ns, object, other, isLike]): ModelRequest => {
    const request_ = { operation, namespace: ns, object };
    if (operation === 'CREATE') return request_;
    // An update mostly leaves images as they are.
    const oldObject = isLike
      ? { ...other, spec: { ...other.spec, ...firstOf(object.spec) } }
      : other;
    return { ...request_, oldObject };
  });
const exits = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(undefined, 'all', 'none') },
  { weight: 1, arbitrary: fc.subarray([...exitNames]) },
);

function firstOf<Container>({ containers }: { containers: readonly Container[] }) {
  return { containers: containers.slice(0, 1) };
}

/** By place, what a review answers: what images become, or which are denied. */
function answerOf(asked: ModelRequest, ruleSet: RuleSet): Map<string, string> {
  const { body, decisions } = answerReview(reviewBody(asked), ruleSet);
  const { response } = JSON.parse(body);
  const denied = decisions.filter(({ decision }) => decision.action === 'deny');
  expect(response.allowed).toBe(denied.length === 0);
  // A denial has no patch; what the others would become is in the decisions.
  if (denied.length > 0) {
    const changed = decisions.filter(({ decision }) => decision.action !== 'keep');
    return new Map(
      changed.map(({ pointer, decision }) => [
        `/spec${pointer}`,
        decision.action === 'deny' ? 'deny' : decision.image,
      ]),
    );
  }
  const patch: { path: string; value: string }[] =
    response.patch === undefined ? [] : JSON.parse(atob(response.patch));
  const images = patch.filter(({ path }) => /\/(image|reference)$/.test(path));
  return new Map(images.map(({ path, value }) => [path, value]));
}

test(`${reviews} reviews get the answers of a second, simple implementation of the rules`, () => {
  let compared = 0;
  let changed = 0;
  const several = { minLength: reviewsOfOneFile, maxLength: reviewsOfOneFile };
  fc.assert(
    fc.property(rulesFile, exits, fc.array(request, several), (rules, open, requests) => {
      const text = JSON.stringify({ ...rules, exits: open });
      const ruleSet = loadRules(text).ruleSet as RuleSet;
      const file = JSON.parse(text) as RulesFile;
      for (const asked of requests) {
        const answer = answerOf(asked, ruleSet);
        expect(answer).toEqual(modelAnswer(file, asked));
        compared++;
        if (answer.size > 0) changed++;
      }
    }),
    { numRuns: Math.ceil(reviews / reviewsOfOneFile) },
  );
  expect(compared).toBeGreaterThanOrEqual(reviews);
  // A fuzz of Pods that nothing happens to would show nothing.
  expect(changed).toBeGreaterThan(reviews / 4);
}, 7_200_000);
