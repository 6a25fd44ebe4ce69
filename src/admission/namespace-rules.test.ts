import { expect, test } from 'vitest';
import { reviewBody } from '../../test/support/admission-review.ts';
import { answerReview } from '../../test/support/answer-review.ts';
import { loadRules } from '../rules/load.ts';
import { loadNamespaceRules } from '../rules/namespace-rules.ts';
import type { RuleSet } from '../rules/rule-set.ts';

const cluster = loadRules(`
version: 1
namespaces: { exclude: [closed] }
namespaceRules: { to: [mirror.example/team] }
registries: { mirror.example/team: { pullSecrets: [team] } }
rules:
  - from: quay.io
    to: mirror.example/quay
  - from: kept.io
    keep: true
  - from: mirror.example/team/x/secret
    deny: not this one
  - from: mirror.example/team/x/moved
    to: elsewhere.example
`).ruleSet as RuleSet;
const teamRules = loadNamespaceRules(
  `
version: 1
rules:
  - from: [quay.io, ghcr.io, kept.io]
    to: mirror.example/team/x
`,
  cluster,
).ruleSet as RuleSet;
const namespaceRules = new Map([
  ['team', teamRules],
  ['closed', teamRules],
]);

function allowed(image: string, namespace: string): boolean {
  return reviewOf(image, namespace).allowed;
}

function operations(image: string, namespace: string): unknown[] {
  const { patch } = reviewOf(image, namespace);
  return patch === undefined ? [] : JSON.parse(Buffer.from(patch, 'base64').toString());
}

function reviewOf(image: string, namespace: string): { allowed: boolean; patch?: string } {
  const object = { metadata: { name: 'p' }, spec: { containers: [{ name: 'app', image }] } };
  const request = { uid: 'u', operation: 'CREATE', namespace, object };
  const { body } = answerReview(reviewBody(request), cluster, namespaceRules);
  return JSON.parse(body).response;
}

const images = (image: string, namespace: string) =>
  (operations(image, namespace) as { path: string; value: unknown }[])
    .filter(({ path }) => path.endsWith('/image'))
    .map(({ value }) => value);

test('what no rule of the cluster matches, those of the namespace decide; it gets the pull secrets of the cluster', () => {
  expect(operations('ghcr.io/a:1', 'team')).toEqual([
    { op: 'replace', path: '/spec/containers/0/image', value: 'mirror.example/team/x/a:1' },
    { op: 'add', path: '/spec/imagePullSecrets', value: [{ name: 'team' }] },
  ]);
});

test('what the cluster says of the place that they send an image to goes before', () => {
  expect(allowed('ghcr.io/secret/app:1', 'team')).toBe(false);
  expect(images('ghcr.io/moved/app:1', 'team')).toEqual(['elsewhere.example/app:1']);
});

test.each([
  ['a rule of the cluster goes first', 'quay.io/a:1', 'team', ['mirror.example/quay/a:1']],
  ['also where it keeps', 'kept.io/a:1', 'team', []],
  ['other namespaces know nothing of them', 'ghcr.io/a:1', 'other', []],
  ['a namespace that the cluster leaves alone stays so', 'ghcr.io/a:1', 'closed', []],
  ['what they rewrote is kept', 'mirror.example/team/x/a:1', 'team', []],
  ['the bypass is taken off once', 'direct.to/direct.to/a', 'team', ['direct.to/a']],
  ['and what it forced stays', 'direct.to/ghcr.io/a', 'team', ['ghcr.io/a']],
])('%s', (_, image, namespace, expected) => {
  expect(images(image, namespace)).toEqual(expected);
});
