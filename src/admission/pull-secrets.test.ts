import { expect, test } from 'vitest';
import { reviewBody } from '../../test/support/admission-review.ts';
import { answerReview } from '../../test/support/answer-review.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';

const { ruleSet } = loadRules(`
version: 1
pullSecrets: [mirror]
rules:
  - from: quay.io
    to: mirror.example/quay
  - from: gcr.io
    to: other.example/gcr
    pullSecrets: [other, mirror]
  - from: ghcr.io
    to: open.example/ghcr
    pullSecrets: []
  - from: kept.io
    keep: true
`);

function secretsFor(images: readonly string[], spec: object = {}, operation = 'CREATE'): unknown[] {
  const podOf = (list: readonly string[]) => ({
    metadata: { name: 'p' },
    spec: { ...spec, containers: list.map((image, index) => ({ name: `c${index}`, image })) },
  });
  const request = {
    uid: 'u',
    operation,
    object: podOf(images),
    ...(operation === 'UPDATE' && { oldObject: podOf(['old:1']) }),
  };
  const { body } = answerReview(reviewBody(request), ruleSet as RuleSet);
  const { patch } = (JSON.parse(body) as { response: { patch?: string } }).response;
  if (patch === undefined) return [];
  const operations = JSON.parse(Buffer.from(patch, 'base64').toString()) as { path: string }[];
  return operations.filter(({ path }) => path.startsWith('/spec/imagePullSecrets'));
}

const list = '/spec/imagePullSecrets';

test('a Pod without pull secrets gets those of the rules that rewrote its images, each once', () => {
  expect(secretsFor(['quay.io/a', 'gcr.io/b', 'quay.io/c'])).toEqual([
    { op: 'add', path: list, value: [{ name: 'mirror' }, { name: 'other' }] },
  ]);
});

test('those that it has stay, and none is added twice', () => {
  const spec = { imagePullSecrets: [{ name: 'own' }, { name: 'mirror' }] };
  expect(secretsFor(['gcr.io/b'], spec)).toEqual([
    { op: 'add', path: `${list}/-`, value: { name: 'other' } },
  ]);
  expect(secretsFor(['quay.io/a'], spec)).toEqual([]);
  expect(secretsFor(['quay.io/a'], { imagePullSecrets: [] })).toEqual([
    { op: 'add', path: `${list}/-`, value: { name: 'mirror' } },
  ]);
});

test.each([
  ['an image that no rule rewrote', ['docker.io/a', 'kept.io/b']],
  ['one that went to its origin', ['direct.to/quay.io/a']],
  ['one that was mirrored already', ['mirror.example/quay/a']],
  ['a rule that names none, against the file', ['ghcr.io/a']],
])('%s adds none', (_, images) => {
  expect(secretsFor(images)).toEqual([]);
});

test('a Pod that exists is given none: the API server would refuse the change', () => {
  expect(secretsFor(['quay.io/a'], {}, 'UPDATE')).toEqual([]);
});

test('a name that no Secret can have is an error, where it stands', () => {
  const { ruleSet, diagnostics } = loadRules(`version: 1
pullSecrets: [Mirror]
rules:
  - from: quay.io
    to: mirror.example
    pullSecrets: [fine, "not fine"]
`);
  expect(ruleSet).toBeUndefined();
  expect(diagnostics).toMatchObject([
    { code: 'wrong-value', line: 2, column: 15 },
    { code: 'wrong-value', line: 6, column: 25 },
  ]);
});
