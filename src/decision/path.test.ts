import { describe, expect, test } from 'vitest';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { decide } from './decide.ts';

function become(image: string, ...rules: object[]): string {
  const { ruleSet, diagnostics } = loadRules(JSON.stringify({ version: 1, rules }));
  expect(diagnostics).toEqual([]);
  const { image: becomes } = decide(image, ruleSet as RuleSet, { namespace: 'default' });
  expect(decide(becomes, ruleSet as RuleSet, { namespace: 'default' }).image).toBe(becomes);
  return becomes;
}

describe('path says how the rest of a repository is written', () => {
  test.each([
    ['whole', 'gcr.io/a/b/c:1', 'm.io/corp/a/b/c:1'],
    ['last', 'gcr.io/a/b/c:1', 'm.io/corp/c:1'],
    ['joined', 'gcr.io/a/b/c:1', 'm.io/corp/a-b-c:1'],
    ['last', 'gcr.io/c', 'm.io/corp/c'],
    ['joined', 'gcr.io/c', 'm.io/corp/c'],
    ['joined', 'gcr.io/a_b/c--d/e.f', 'm.io/corp/a_b-c--d-e.f'],
  ])('%s: %s becomes %s', (path, image, becomes) => {
    expect(become(image, { from: 'gcr.io', to: 'm.io/corp', path })).toBe(becomes);
  });

  test.each([
    ['last', 'gcr.io/team/x/y', 'm.io/corp/y'],
    ['joined', 'gcr.io/team/x/y', 'm.io/corp/x-y'],
    // Nothing is left to be shaped.
    ['joined', 'gcr.io/team', 'm.io/corp'],
  ])('%s is for what follows the from: %s becomes %s', (path, image, becomes) => {
    expect(become(image, { from: 'gcr.io/team', to: 'm.io/corp', path })).toBe(becomes);
  });

  test.each([
    ['as-written', 'last', 'nginx', 'm.io/nginx'],
    ['as-written', 'joined', 'library/nginx', 'm.io/library-nginx'],
    ['always', 'joined', 'nginx', 'm.io/library-nginx'],
    ['always', 'last', 'nginx', 'm.io/nginx'],
    ['never', 'joined', 'library/nginx', 'm.io/nginx'],
    ['never', 'joined', 'org/nginx', 'm.io/org-nginx'],
  ])('after library: %s, %s: %s becomes %s', (library, path, image, becomes) => {
    expect(become(image, { from: 'docker.io', to: 'm.io', library, path })).toBe(becomes);
  });
});

describe('${registry} as a part of a segment', () => {
  const rule = { from: '*', to: 'm.io/mirror-${registry}' };
  test.each([
    ['quay.io/a/b:1', 'm.io/mirror-quay.io/a/b:1'],
    ['quay.io:443/a', 'm.io/mirror-quay.io-443/a'],
    ['QUAY.io/a', 'm.io/mirror-quay.io/a'],
    ['nginx', 'm.io/mirror-docker.io/nginx'],
    // In the mirror already.
    ['m.io/mirror-quay.io/a', 'm.io/mirror-quay.io/a'],
    ['m.io/mirror-anything/a', 'm.io/mirror-anything/a'],
    // Not in it.
    ['m.io/mirror-/a', 'unparsable'],
    ['m.io/mirror/a', 'm.io/mirror-m.io/mirror/a'],
    ['m.io/other/mirror-quay.io', 'm.io/mirror-m.io/other/mirror-quay.io'],
    ['[::1]:5000/a', '[::1]:5000/a'],
  ])('under *: %s becomes %s', (image, becomes) => {
    expect(become(image, rule)).toBe(becomes === 'unparsable' ? image : becomes);
  });

  test('with a part at its end, and several such rules', () => {
    const rules = [
      { from: '*.gcr.io', to: 'm.io/x/a-${registry}-proxy/b' },
      { from: '*.quay.io', to: 'm.io/x/${registry}-cache' },
      { from: 'docker.io', to: 'm.io/x/mirror-${registry}' },
    ];
    expect(become('eu.gcr.io/p', ...rules)).toBe('m.io/x/a-eu.gcr.io-proxy/b/p');
    expect(become('eu.quay.io/p', ...rules)).toBe('m.io/x/eu.quay.io-cache/p');
    expect(become('nginx', ...rules)).toBe('m.io/x/mirror-docker.io/nginx');
  });

  test('a longer from decides below it', () => {
    const longer = { from: 'm.io/mirror-quay.io/a', to: 'n.io/a' };
    expect(become('m.io/mirror-quay.io/a/x', rule, longer)).toBe('n.io/a/x');
  });
});
