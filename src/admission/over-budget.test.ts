import { expect, test } from 'vitest';
import { reviewBody } from '../../test/support/admission-review.ts';
import { answerReview } from '../../test/support/answer-review.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { answerExternalData } from './external-data.ts';
import { reviewAdmission } from './review.ts';
import { summarizeReview } from './summary.ts';

type Json = Record<string, unknown>;

function rulesOf(rules: object[], more: object = {}): RuleSet {
  const { ruleSet, diagnostics } = loadRules(JSON.stringify({ version: 1, ...more, rules }));
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return ruleSet as RuleSet;
}

function reviewOf(images: readonly string[], metadata: object = {}): string {
  const containers = images.map((image, index) => ({ name: `c${index}`, image }));
  const object = { metadata: { name: 'p', ...metadata }, spec: { containers } };
  const request = { uid: 'u', operation: 'CREATE', namespace: 'default', object };
  return reviewBody(request);
}

function answerTo(body: string, ruleSet: RuleSet) {
  const { body: text, decisions } = answerReview(body, ruleSet);
  const { response } = JSON.parse(text) as { response: Json };
  const patch = typeof response.patch === 'string' ? JSON.parse(atob(response.patch)) : [];
  const reasons = decisions.map(({ decision }) => decision.reason as string);
  return { response, patch: patch as Json[], reasons };
}

const toMirror = { from: 'docker.io', to: 'm.example' };
const many = Array<string>(10_001).fill('busybox');

test('beyond the largest number of images, the rest stays as written and the user is warned', () => {
  const { response, patch, reasons } = answerTo(reviewOf(many), rulesOf([toMirror]));
  expect(response.allowed).toBe(true);
  expect(patch).toHaveLength(10_000);
  expect(reasons.filter((reason) => reason === 'over-budget')).toHaveLength(1);
  expect(response.warnings).toEqual([
    expect.stringContaining('1 images were left as written: the Pod has more or longer images'),
  ]);
});

test('the log says how many images were not decided, also if nothing else was changed', () => {
  const asked = (ruleSet: RuleSet, images: readonly string[]) =>
    summarizeReview(answerReview(reviewOf(images), ruleSet));
  const rewrote = asked(rulesOf([toMirror]), many);
  expect(rewrote).toMatchObject({ message: 'rewrote', fields: { undecided: 1 } });
  const kept = asked(rulesOf([{ from: 'docker.io', keep: true }]), many);
  expect(kept).toMatchObject({ message: 'left undecided', fields: { images: [], undecided: 1 } });
  expect(asked(rulesOf([toMirror]), ['busybox'])?.fields).not.toHaveProperty('undecided');
});

test.each([
  ['a rule denies', rulesOf([toMirror, { from: 'evil.example', deny: 'no' }])],
  ['no exit is open', rulesOf([toMirror], { exits: 'none' })],
])('beyond the budget, the Pod is denied if %s', (_, ruleSet) => {
  const { response } = answerTo(reviewOf(many), ruleSet);
  expect(response.allowed).toBe(false);
  expect(response.status).toMatchObject({
    message:
      'image-detour: c/c10000 busybox: the Pod has more or longer images than can be decided',
  });
  expect(answerTo(reviewOf(many.slice(1)), ruleSet).response.allowed).toBe(true);
});

/** Rule sets and Pods on which deciding costs most, each with what its author is after. */
const labels = (count: number) => 'a.'.repeat(count);
const path = (count: number) => `${'a/'.repeat(count)}x`;

/** One rule for each place that ${registry} can have among up to `length` other characters. */
function affixRules(length: number): object[] {
  return Array.from({ length }, (_, before) =>
    Array.from({ length: length - before }, (_, after) => ({
      from: `*.r${before}-${after}.example`,
      to: `m.example/${'b'.repeat(before)}\${registry}${'a'.repeat(after)}`,
    })),
  ).flat();
}

const hostile: readonly (readonly [string, RuleSet, readonly string[]])[] = [
  [
    'hosts of 16,000 labels below a wildcard',
    rulesOf([{ from: '*.gcr.io', to: 'm.example' }]),
    Array.from({ length: 180 }, (_, index) => `${labels(8_000)}com/x${index}`),
  ],
  [
    'hosts as long as DNS allows, below wildcards of each length',
    rulesOf(
      Array.from({ length: 120 }, (_, index) => ({
        from: `*.${labels(index)}com/y`,
        to: `m.example/${index}`,
      })),
    ),
    Array.from({ length: 9_000 }, (_, index) => `${labels(120)}com/x${index}`),
  ],
  [
    'a repository of 120 segments, each of which some rule names',
    rulesOf(
      Array.from({ length: 120 }, (_, index) => ({
        from: `gcr.io/${path(index)}`.slice(0, -2),
        to: `m.example/${index}`,
      })).slice(2),
    ),
    Array.from({ length: 9_000 }, (_, index) => `gcr.io/${path(110)}${index}`),
  ],
  [
    'destinations with ${registry} at each of 100 places',
    rulesOf(
      Array.from({ length: 100 }, (_, index) => ({
        from: `*.r${index}.example`,
        to: `m.example/${'a/'.repeat(index)}\${registry}/${'a/'.repeat(99 - index)}end`,
      })),
    ),
    Array.from({ length: 9_000 }, (_, index) => `m.example/${path(100)}${index}`),
  ],
  [
    '5,000 places of ${registry} in one segment, and images that are shorter',
    rulesOf(affixRules(100)),
    Array.from({ length: 9_000 }, (_, index) => `m.example/${index}`),
  ],
  [
    '5,000 places of ${registry} in one segment, and images that are longer',
    rulesOf(affixRules(100)),
    Array.from({ length: 9_000 }, (_, index) => `m.example/${'x'.repeat(200)}${index}`),
  ],
  [
    'a namespace compared with 5,000 globs for each image',
    rulesOf([{ ...toMirror, namespaces: { exclude: Array(5_000).fill('*d*e*f*a*u*l*t*x') } }]),
    Array.from({ length: 9_000 }, (_, index) => `busybox:${index}`),
  ],
];

/** Counts what is looked up, or gone through, in the Maps of a rule set. */
function countLookups(ruleSet: RuleSet, work: () => void): number {
  const original = Map.prototype.get;
  const iterator = Object.getPrototypeOf(new Map().values());
  const { next } = iterator;
  let count = 0;
  iterator.next = function step(this: MapIterator<unknown>) {
    count++;
    return next.call(this);
  };
  Map.prototype.get = function get(this: Map<unknown, unknown>, key: unknown) {
    count++;
    return original.call(this, key);
  };
  try {
    work();
  } finally {
    Map.prototype.get = original;
    iterator.next = next;
  }
  expect(ruleSet.rules.length).toBeGreaterThan(0);
  return count;
}

test.each(hostile)('%s: the lookups are in proportion to the images', (_, ruleSet, images) => {
  const lookups = countLookups(ruleSet, () => reviewAdmission(reviewOf(images), ruleSet));
  // 62,500 for any review, and 32 more for each image.
  expect(lookups).toBeLessThan(65_000 + 35 * images.length);
});

test.each(hostile)('%s: what was not decided is denied if a rule denies', (_, ruleSet, images) => {
  const denying = rulesOf([...ruleSet.file.rules, { from: 'evil.example', deny: 'no' }]);
  const { response, reasons } = answerTo(reviewOf(images), denying);
  expect(response.allowed).toBe(!reasons.includes('over-budget'));
});

test('ordinary Pods stay far below their budget, however many images they have', () => {
  const hosts = ['docker.io', 'gcr.io', 'quay.io', '*.gcr.io', '*.eu.gcr.io', '*.pkg.dev'];
  const rules = hosts.flatMap((from, index) => [
    { from, to: `m.example/${index}/\${registry}` },
    { from: `${from}/team/app`, to: `m.example/team${index}`, namespaces: { exclude: ['x-*'] } },
  ]);
  const images = Array.from(
    { length: 10_000 },
    (_, index) => `a.eu.gcr.io/team/other/app-${index}:v1.2.3@sha256:${'0'.repeat(64)}`,
  );
  const { reasons } = answerTo(
    reviewOf(images),
    rulesOf(rules, { namespaces: { exclude: ['y'] } }),
  );
  expect(new Set(reasons)).toEqual(new Set(['rule']));
});

test('external data has the same budget', () => {
  const images = Array.from({ length: 1_000 }, (_, index) => `${labels(2_000)}com/x${index}`);
  const body = JSON.stringify({
    apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
    kind: 'ProviderRequest',
    request: { keys: images },
  });
  const rules = [{ from: '*.gcr.io', to: 'm.example' }];
  const kept = answerExternalData(body, rulesOf(rules));
  expect(kept.decisions.at(-1)?.decision).toMatchObject({ action: 'keep', reason: 'over-budget' });
  const denied = answerExternalData(body, rulesOf([...rules, { from: 'evil.example', deny: 'x' }]));
  expect(JSON.parse(denied.body).response.items.at(-1).error).toContain('more or longer images');
});

test.each([
  ['skip.owners', { ownerReferences: Array(9_000).fill({ kind: 'A'.repeat(60) }) }],
  ['skip.labels', { labels: { app: 'A'.repeat(1_000_000) } }],
  ['skip.annotations', { annotations: { app: 'A'.repeat(1_000_000) } }],
  ['the mark', { annotations: { 'image-detour/direct': 'c/a=b '.repeat(40_000) } }],
  ['the annotation', { annotations: { 'image-detour/bypass': 'ab '.repeat(80_000) } }],
])('a Pod cannot make the work grow without limit by %s', (_, metadata) => {
  const globs = Array(500).fill('*A*A*A*A*B');
  const skip = { owners: globs, labels: { app: '*A*A*A*B' }, annotations: { app: globs } };
  const ruleSet = rulesOf([{ from: '*', deny: 'no' }], { skip });
  const { response } = answerTo(reviewOf(['busybox'], metadata), ruleSet);
  expect(response.allowed).toBe(false);
});

/** As the annotation takes it, and the images of 10,000 containers of one name are compared with it. */
test.each([
  ['a mark', 'CREATE', { 'image-detour/direct': `c/c=${'a.'.repeat(40_000)}b/c` }],
  [
    'a record',
    'UPDATE',
    {
      'image-detour/original-images': `{"c":"${'a.'.repeat(30_000)}b/c"}`,
      'image-detour/rewritten-images': `{"c":"${'b.'.repeat(30_000)}b/c"}`,
    },
  ],
])('%s of one long image costs no more for each container', (_, operation, annotations) => {
  const containers = (letter: string) =>
    Array.from({ length: 10_000 }, (_, index) => ({ name: 'c', image: `${letter}${index}` }));
  const podOf = (letter: string) => ({
    metadata: { name: 'p', annotations },
    spec: { containers: containers(letter) },
  });
  const request = { operation, namespace: 'n', object: podOf('a'), oldObject: podOf('b') };
  const start = performance.now();
  answerTo(reviewBody(request), rulesOf([toMirror], { annotate: true }));
  expect(performance.now() - start).toBeLessThan(5_000);
});
