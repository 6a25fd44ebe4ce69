import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import jsonpatch from 'fast-json-patch';
import { expect, test } from 'vitest';
import { answerReview } from '../../test/support/answer-review.ts';
import { defaultRulesText } from '../rules/default.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';

/** How many bodies; `FUZZ_RUNS=1000000 npm test src/admission/fuzz.test.ts` for a long run. */
// biome-ignore lint/style/noProcessEnv: the only way to tell a test file something
const numRuns = Number(process.env.FUZZ_RUNS ?? 2_000);

const text = `${defaultRulesText}annotate: true\nwarn: true\nskip: {owners: [Cluster], labels: {skip: '*'}}\n`;
const ruleSet = loadRules(text).ruleSet as RuleSet;

const folder = 'test/fixtures/admission-reviews';
const reviews = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.stringify(JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')).review));

const allowedPaths =
  /^\/spec\/(?:(?:containers|initContainers|ephemeralContainers)\/\d+\/image|volumes\/\d+\/image\/reference)$|^\/metadata\/annotations(?:\/image-detour~1(?:direct|original-images|rewritten-images))?$/;

/**
 * Whatever the body: a known status, never a denial, and a patch that applies and keeps to its
 * places.
 */
function holds(body: string): void {
  const result = answerReview(body, ruleSet);
  expect([200, 400]).toContain(result.status);
  if (result.status === 400) return;
  const { response } = JSON.parse(result.body);
  expect(response.allowed).toBe(true);
  expect('patch' in response).toBe('patchType' in response);
  if (response.patch === undefined) return;
  const patch: jsonpatch.Operation[] = JSON.parse(Buffer.from(response.patch, 'base64').toString());
  for (const { path } of patch) expect(path).toMatch(allowedPaths);
  const object = objectOf(body);
  if (object !== undefined) jsonpatch.applyPatch(object, patch, true);
  expect(Object.keys(Object.prototype)).toEqual([]);
}

/**
 * The object; undefined where something that the review does not read is no JSON (a bad escape
 * inside of a string).
 */
function objectOf(body: string): object | undefined {
  try {
    return JSON.parse(body).request.object;
  } catch {
    expect(body).toContain('\\');
    return undefined;
  }
}

const image = fc.oneof(
  fc.constantFrom(
    'busybox',
    'k8s.gcr.io/coredns:1.3.1',
    'direct.to/busybox',
    'direct.to/',
    'direct.to/direct.to/x',
    'quay.io/a/b@sha256:x',
    'localhost:5000/x',
    'UPPER',
    ' x',
    'x\ufeff',
    '',
    'gcr.io/\u0085',
  ),
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 300 }),
);
const name = fc.oneof(
  fc.constantFrom('a', 'b', '__proto__', 'constructor', 'a b', 'a=b', 'ü'),
  fc.string(),
);
const odd = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(undefined));
const maybe = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: odd });
const container = maybe(
  fc.record({ name: maybe(name), image: maybe(image) }, { requiredKeys: [] }),
);
const volume = maybe(
  fc.record(
    { name: maybe(name), image: maybe(fc.record({ reference: maybe(image) })) },
    { requiredKeys: [] },
  ),
);
const annotations = fc.dictionary(
  fc.constantFrom(
    'image-detour/direct',
    'image-detour/bypass',
    'image-detour/original-images',
    'image-detour/rewritten-images',
    'x',
    '__proto__',
  ),
  maybe(fc.oneof(fc.constantFrom('c/a=busybox', 'true', '{"a":"x"}', '{'), fc.string())),
);
const pod = maybe(
  fc.record(
    {
      metadata: maybe(
        fc.record(
          {
            name: maybe(name),
            labels: maybe(fc.dictionary(name, name)),
            annotations: maybe(annotations),
            ownerReferences: maybe(
              fc.array(maybe(fc.record({ kind: maybe(name), apiVersion: maybe(name) }))),
            ),
          },
          { requiredKeys: [] },
        ),
      ),
      spec: maybe(
        fc.record(
          {
            containers: maybe(fc.array(container, { maxLength: 4 })),
            initContainers: maybe(fc.array(container, { maxLength: 2 })),
            ephemeralContainers: maybe(fc.array(container, { maxLength: 2 })),
            volumes: maybe(fc.array(volume, { maxLength: 2 })),
          },
          { requiredKeys: [] },
        ),
      ),
    },
    { requiredKeys: [] },
  ),
);
const review = fc.record({
  kind: fc.constant('AdmissionReview'),
  apiVersion: fc.constantFrom('admission.k8s.io/v1', 'admission.k8s.io/v1beta1'),
  request: maybe(
    fc.record(
      {
        uid: fc.constant('u'),
        operation: maybe(fc.constantFrom('CREATE', 'UPDATE')),
        namespace: maybe(name),
        object: pod,
        oldObject: pod,
      },
      { requiredKeys: ['uid', 'object'] },
    ),
  ),
});

test(`${numRuns} made-up reviews`, () => {
  fc.assert(
    fc.property(review, (value) => holds(JSON.stringify(value))),
    { numRuns },
  );
}, 3_600_000);

test(`${numRuns} damaged real reviews`, () => {
  const damage = fc.array(
    fc.record({
      at: fc.nat(),
      length: fc.nat(20),
      insert: fc.oneof(
        fc.constantFrom(
          '',
          '"',
          '{',
          '}',
          '[',
          ']',
          ',',
          'null',
          '{}',
          '[]',
          '5',
          '"x"',
          '\\',
          '__proto__',
        ),
        fc.string(),
      ),
    }),
    { minLength: 1, maxLength: 3 },
  );
  fc.assert(
    fc.property(fc.constantFrom(...reviews), damage, (real, damages) => {
      let body = real;
      for (const { at, length, insert } of damages) {
        const start = at % (body.length + 1);
        body = body.slice(0, start) + insert + body.slice(start + length);
      }
      holds(body);
    }),
    { numRuns },
  );
}, 3_600_000);
