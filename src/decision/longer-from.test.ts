import { describe, expect, test } from 'vitest';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { decide } from './decide.ts';
import { explain } from './explain.ts';

function load(...rules: object[]) {
  return loadRules(JSON.stringify({ version: 1, rules }));
}

function rulesOf(...rules: object[]): RuleSet {
  const { ruleSet, diagnostics } = load(...rules);
  expect(diagnostics).toEqual([]);
  return ruleSet as RuleSet;
}

const inDefault = { namespace: 'default' };
const become = (image: string, ruleSet: RuleSet) => {
  const { action, image: becomes } = decide(image, ruleSet, inDefault);
  return action === 'deny' ? action : becomes;
};

describe('a from that lies below a destination', () => {
  const rules = rulesOf(
    { from: 'docker.io', to: 'h.io/hub-proxy', library: 'always' },
    { from: 'quay.io', to: 'h.io/quay-proxy' },
    // Nothing of it is on Docker Hub: who writes so means quay.io.
    { from: 'h.io/hub-proxy/oauth2-proxy', to: 'h.io/quay-proxy/oauth2-proxy' },
    { from: 'h.io/hub-proxy/library/nginx:1.25', to: 'h.io/patched/nginx:1.25-p3' },
    { from: 'h.io/hub-proxy/evil', deny: 'not here' },
    { from: 'h.io/hub-proxy/evil/but/good', keep: true },
    { from: 'h.io/quay-proxy/old', to: 'h.io/hub-proxy/new' },
    { from: 'h.io', deny: 'only through a proxy' },
    { from: '*.io/hub-proxy/wild', to: 'm.io/wild' },
  );

  test.each([
    ['h.io/hub-proxy/oauth2-proxy/oauth2-proxy:v7', 'h.io/quay-proxy/oauth2-proxy/oauth2-proxy:v7'],
    ['h.io/hub-proxy/oauth2-proxyx/a', 'h.io/hub-proxy/oauth2-proxyx/a'],
    ['h.io/hub-proxy/other/a', 'h.io/hub-proxy/other/a'],
    ['h.io/elsewhere/a', 'deny'],
    // What a rule writes there is decided the same way.
    ['oauth2-proxy/oauth2-proxy', 'h.io/quay-proxy/oauth2-proxy/oauth2-proxy'],
    ['nginx:1.25', 'h.io/patched/nginx:1.25-p3'],
    ['nginx:1.26', 'h.io/hub-proxy/library/nginx:1.26'],
    ['evil/x', 'deny'],
    ['evil/but/good', 'h.io/hub-proxy/evil/but/good'],
    ['quay.io/old/oauth2-proxy', 'h.io/hub-proxy/new/oauth2-proxy'],
    // A wildcard does not name what lies below a destination.
    ['h.io/hub-proxy/wild', 'h.io/hub-proxy/wild'],
  ])('%s becomes %s', (image, becomes) => {
    expect(become(image, rules)).toBe(becomes);
    if (becomes !== 'deny') expect(become(becomes, rules)).toBe(becomes);
  });

  test('is explained with the rule that came before it', () => {
    const { decision, considered } = explain('nginx:1.25', rules, inDefault);
    expect(decision.image).toBe('h.io/patched/nginx:1.25-p3');
    expect(considered.map(({ rule, verdict }) => [rule.from, verdict])).toEqual([
      ['h.io/hub-proxy/library/nginx:1.25', 'decided'],
      ['docker.io', 'passed-on'],
      ['h.io', 'less-specific'],
    ]);
  });

  test('leaves the image as it was written if its own result cannot be', () => {
    const long = 'x'.repeat(230);
    const ruleSet = rulesOf(
      { from: 'gcr.io', to: 'm.io' },
      { from: 'm.io/a', to: `n.io/${'y'.repeat(40)}` },
    );
    expect(decide(`gcr.io/a/${long}`, ruleSet, inDefault)).toMatchObject({
      action: 'keep',
      reason: 'unwritable',
      image: `gcr.io/a/${long}`,
    });
  });

  test('follows rules as long as one is longer, and comes to an end', () => {
    const deep = Array.from({ length: 40 }, () => 'b').join('/');
    const ruleSet = rulesOf(
      { from: 'gcr.io', to: 'm.io/a' },
      { from: 'm.io/a/b', to: 'm.io/c' },
      { from: 'm.io/c/b', to: 'm.io/a' },
    );
    expect(become(`gcr.io/${deep}/x`, ruleSet)).toBe('m.io/a/x');
    const { decision } = explain(`gcr.io/${deep}/x`, ruleSet, inDefault);
    expect(decision.earlier).toHaveLength(40);
  });

  test('decides nothing if it writes what is there', () => {
    const ruleSet = rulesOf({ from: 'docker.io/library', to: 'docker.io' });
    expect(decide('docker.io/nginx', ruleSet, inDefault).reason).toBe('already-mirrored');
    expect(become('nginx', ruleSet)).toBe('docker.io/nginx');
  });
});

describe('rules that send images in a circle are refused', () => {
  const hub = { from: 'docker.io', to: 'm.io/hub' };
  test.each([
    [
      'of two',
      [hub, { from: 'm.io/hub/a', to: 'm.io/hub/b' }, { from: 'm.io/hub/b', to: 'm.io/hub/a' }],
      [3],
    ],
    [
      'of three, and of one more that leads into it',
      [
        hub,
        { from: 'm.io/hub/z', to: 'm.io/hub/a/x' },
        { from: 'm.io/hub/a', to: 'm.io/hub/b/x' },
        { from: 'm.io/hub/b', to: 'm.io/hub/c' },
        { from: 'm.io/hub/c', to: 'm.io/hub/a' },
      ],
      [5],
    ],
  ])('%s', (_, rules, entries) => {
    const { ruleSet, diagnostics } = load(...rules);
    expect(ruleSet).toBeUndefined();
    expect(diagnostics.map(({ code }) => code)).toEqual(entries.map(() => 'rule-loop'));
  });

  test.each([
    [
      'two registries, each with copies of the other',
      [
        { from: 'eu.example.com', to: 'us.example.com/eu' },
        { from: 'us.example.com', to: 'eu.example.com/us' },
      ],
    ],
    ['a registry that keeps its images below a path', [hub, { from: 'm.io', to: 'm.io/proxy' }]],
    [
      'one rule in one namespace, the other in another',
      [
        hub,
        { from: 'm.io/hub/a', to: 'm.io/hub/b', namespaces: { include: ['a'] } },
        { from: 'm.io/hub/b', to: 'm.io/hub/a', namespaces: { include: ['b'] } },
      ],
    ],
  ])('but not %s', (_, rules) => {
    expect(load(...rules).ruleSet).toBeDefined();
  });
});
