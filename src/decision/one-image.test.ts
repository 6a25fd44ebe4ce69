import { describe, expect, test } from 'vitest';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { decide } from './decide.ts';

const sha = `sha256:${'a'.repeat(64)}`;
const other = `sha256:${'b'.repeat(64)}`;

function rulesOf(...rules: object[]): RuleSet {
  const { ruleSet, diagnostics } = loadRules(JSON.stringify({ version: 1, rules }));
  expect(diagnostics).toEqual([]);
  return ruleSet as RuleSet;
}

const become = (image: string, ruleSet: RuleSet, namespace = 'default') =>
  decide(image, ruleSet, { namespace }).image;

describe('a from with a tag', () => {
  const rules = rulesOf(
    { from: 'docker.io', to: 'm.io/hub', library: 'always' },
    { from: 'docker.io/library/nginx', to: 'm.io/nginx' },
    { from: 'docker.io/library/nginx:1.25', to: 'm.io/patched/nginx:1.25-p3' },
    { from: 'docker.io/redis:latest', to: 'm.io/patched/redis' },
    { from: 'registry.k8s.io:443/pause:3.9', keep: true },
    { from: 'registry.k8s.io:443', deny: 'no' },
  );

  test.each([
    ['nginx:1.25', 'm.io/patched/nginx:1.25-p3'],
    ['library/nginx:1.25', 'm.io/patched/nginx:1.25-p3'],
    ['index.docker.io/nginx:1.25', 'm.io/patched/nginx:1.25-p3'],
    ['registry-1.docker.io/nginx:1.25', 'm.io/patched/nginx:1.25-p3'],
    ['nginx:1.26', 'm.io/nginx:1.26'],
    ['nginx', 'm.io/nginx'],
    ['nginx/x:1.25', 'm.io/hub/nginx/x:1.25'],
    ['org/nginx:1.25', 'm.io/hub/org/nginx:1.25'],
    // The digest says which image it is; the tag does not.
    [`nginx:1.25@${sha}`, `m.io/nginx:1.25@${sha}`],
    // No tag means latest.
    ['redis', 'm.io/patched/redis'],
    ['redis:latest', 'm.io/patched/redis:latest'],
    [`redis@${sha}`, `m.io/hub/library/redis@${sha}`],
    ['redis:7', 'm.io/hub/library/redis:7'],
    ['registry.k8s.io:443/pause:3.9', 'registry.k8s.io:443/pause:3.9'],
  ])('%s becomes %s', (image, becomes) => {
    expect(become(image, rules)).toBe(becomes);
    expect(become(becomes, rules)).toBe(becomes);
  });

  test('leaves other tags to the other rules', () => {
    expect(decide('registry.k8s.io:443/pause:3.8', rules, { namespace: 'x' }).action).toBe('deny');
  });

  test('below a wildcard is for one image of each host', () => {
    const ruleSet = rulesOf(
      { from: '*.gcr.io/p/app:1', to: 'm.io/${registry}/app:2' },
      { from: '*.gcr.io', to: 'm.io/other/${registry}' },
    );
    expect(become('eu.gcr.io/p/app:1', ruleSet)).toBe('m.io/eu.gcr.io/app:2');
    expect(become('eu.gcr.io/p/app:2', ruleSet)).toBe('m.io/other/eu.gcr.io/p/app:2');
  });

  test('in a namespace where it does not apply, the next rule decides', () => {
    const ruleSet = rulesOf(
      { from: 'gcr.io/a:1', to: 'm.io/a:2', namespaces: { include: ['here'] } },
      { from: 'gcr.io', to: 'm.io/gcr' },
    );
    expect(become('gcr.io/a:1', ruleSet, 'here')).toBe('m.io/a:2');
    expect(become('gcr.io/a:1', ruleSet, 'there')).toBe('m.io/gcr/a:1');
  });
});

test('a from with a digest is for that digest, whatever the tag', () => {
  const ruleSet = rulesOf(
    { from: `docker.io/app@${sha}`, to: `m.io/app@${other}` },
    { from: `quay.io/a/app@${sha}`, to: 'm.io/quay/app' },
    { from: `quay.io/b/app@${sha}`, to: `m.io/quay/app-b:1@${sha}` },
  );
  expect(become(`app@${sha}`, ruleSet)).toBe(`m.io/app@${other}`);
  expect(become(`app:1@${sha}`, ruleSet)).toBe(`m.io/app@${other}`);
  expect(become(`app@${other}`, ruleSet)).toBe(`app@${other}`);
  expect(become('app:1', ruleSet)).toBe('app:1');
  expect(become(`quay.io/a/app:2@${sha}`, ruleSet)).toBe(`m.io/quay/app:2@${sha}`);
  expect(become(`quay.io/b/app:2@${sha}`, ruleSet)).toBe(`m.io/quay/app-b:1@${sha}`);
});

describe('a to that is one image', () => {
  const rules = rulesOf(
    { from: 'docker.io/library/nginx:1.25', to: 'docker.io/corp/nginx:1.25-p3' },
    { from: `docker.io/library/nginx@${sha}`, to: 'docker.io/corp/pinned' },
    { from: 'docker.io', to: 'm.io/hub' },
  );
  const isKept = (image: string) =>
    decide(image, rules, { namespace: 'x' }).reason === 'already-mirrored';

  test('is in the mirror alone, not what lies around it', () => {
    expect(isKept('corp/nginx:1.25-p3')).toBe(true);
    expect(isKept('corp/nginx:1.25')).toBe(false);
    expect(isKept('corp/nginx')).toBe(false);
    expect(isKept('corp/nginx/x:1.25-p3')).toBe(false);
    expect(isKept(`corp/pinned@${sha}`)).toBe(true);
    expect(isKept(`corp/pinned@${other}`)).toBe(false);
    expect(isKept('corp/pinned:1')).toBe(false);
  });

  test('is in the mirror with any digest too, as others write the one that they verified', () => {
    expect(isKept(`corp/nginx:1.25-p3@${sha}`)).toBe(true);
    expect(isKept(`corp/nginx@${sha}`)).toBe(true);
  });
});

test.each([
  ['a to with a tag', 'gcr.io', 'm.io/x:1', 'invalid-to'],
  ['a to with a tag of nothing', 'gcr.io/x:1', 'm.io/x:', 'invalid-to'],
  ['a to with a digest that is none', 'gcr.io/x:1', 'm.io/x@sha256:a', 'invalid-to'],
  ['a registry with a tag', 'gcr.io/x:1', 'm.io:latest', 'invalid-to'],
  ['a from with tag and digest', `gcr.io/x:1@${sha}`, 'm.io/x', 'unmatchable-from'],
  ['a from with a tag that is none', 'gcr.io/x:', 'm.io/x', 'unmatchable-from'],
  ['a wildcard with a tag', '*:1', 'm.io/x', 'unmatchable-from'],
])('%s for %s is reported', (_, from, to, code) => {
  const { diagnostics } = loadRules(JSON.stringify({ version: 1, rules: [{ from, to }] }));
  expect(diagnostics.map((one) => one.code)).toEqual([code]);
});

test('the same image twice is one from', () => {
  const rules = ['docker.io/nginx:1', 'index.docker.io/library/nginx:1'].map((from) => ({
    from,
    to: 'm.io/x',
  }));
  const { diagnostics } = loadRules(JSON.stringify({ version: 1, rules }));
  expect(diagnostics.map(({ code }) => code)).toEqual(['duplicate-from']);
});
