import { describe, expect, test } from 'vitest';
import { FollowedRules } from './followed-rules.ts';
import { loadRules } from './load.ts';
import { loadNamespaceRules } from './namespace-rules.ts';
import type { RuleSet } from './rule-set.ts';

const rulesTo = (mirror: string) => `version: 1\nrules: [{from: quay.io, to: ${mirror}}]\n`;
const broken = 'version: 1\nrules: 5\n';

function destinationsOf({ current }: FollowedRules): readonly string[] | undefined {
  return current && [...current.destinations.keys()];
}

test('before a valid text there are no rules', () => {
  const rules = new FollowedRules();
  expect(rules.accept(broken)).toBe('broken');
  expect(rules).toMatchObject({ current: undefined, isBroken: true });
  expect(rules.diagnostics).not.toEqual([]);
});

test('the last valid text stays in force while a new one is broken', () => {
  const rules = new FollowedRules();
  expect(rules.accept(rulesTo('one.io'))).toBe('accepted');
  expect(rules.accept(rulesTo('one.io'))).toBe('same');
  expect(rules.accept(broken)).toBe('broken');
  expect(destinationsOf(rules)).toEqual(['one.io']);
  expect(rules.accept(rulesTo('two.io'))).toBe('accepted');
  expect(rules).toMatchObject({ isBroken: false, diagnostics: [] });
  expect(destinationsOf(rules)).toEqual(['two.io']);
});

test('the valid text is accepted again after a broken one, and after one that could not be read', () => {
  const text = rulesTo('one.io');
  const rules = new FollowedRules(loadRules, { text, ruleSet: loadRules(text).ruleSet as RuleSet });
  expect(rules.accept(text)).toBe('same');
  rules.accept(broken);
  expect(rules.accept(text)).toBe('accepted');
  rules.noteUnreadable();
  expect(rules.isBroken).toBe(true);
  expect(rules.accept(text)).toBe('accepted');
  expect(rules.isBroken).toBe(false);
});

describe('loaded in another way', () => {
  const clusterThatAllows = (to: string) =>
    loadRules(`version: 1\nrules: []\nnamespaceRules: {to: [${to}]}\n`).ruleSet as RuleSet;
  const under = (to: string) => (text: string) => loadNamespaceRules(text, clusterThatAllows(to));

  test('rules that are not allowed any more are not in force, and come back when they are', () => {
    const rules = new FollowedRules(under('one.io'));
    rules.accept(rulesTo('one.io'));
    expect(rules.reload(under('two.io'))).toBe('broken');
    expect(rules).toMatchObject({ current: undefined, isBroken: true });
    expect(rules.diagnostics.map(({ code }) => code)).toEqual(['outside-allowed']);
    expect(rules.reload(under('one.io'))).toBe('accepted');
    expect(destinationsOf(rules)).toEqual(['one.io']);
  });

  test('a later text is loaded that way', () => {
    const rules = new FollowedRules(under('one.io'));
    rules.reload(under('two.io'));
    expect(rules.accept(rulesTo('one.io'))).toBe('broken');
    expect(rules.accept(rulesTo('two.io'))).toBe('accepted');
  });
});
