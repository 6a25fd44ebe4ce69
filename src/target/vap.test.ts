import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { defaultRulesText } from '../rules/default.ts';
import { loadRules } from '../rules/load.ts';
import { defaultSettings, type TargetOptions } from './contract/options.ts';
import { validatingAdmissionPolicy } from './vap.ts';

/* What the policy does is tested on a real API server: test/e2e/policy.test.ts. */

function compile(rules: string, mode: TargetOptions['mode'] = 'deny') {
  const { ruleSet } = loadRules(rules);
  if (ruleSet === undefined) throw new Error('the rules are wrong');
  const { documents, diagnostics } = validatingAdmissionPolicy.compile(ruleSet, {
    ...defaultSettings,
    mode,
  });
  const text = documents[0]?.text ?? '';
  const [policy, binding] = parseAllDocuments(text).map((each) => each.toJS());
  return { text, diagnostics, policy, binding };
}

test('the default rules', () => {
  const { text, diagnostics } = compile(defaultRulesText);
  expect(text).toMatchSnapshot();
  expect(diagnostics).toEqual([]);
});

test.each([
  ['deny', 'Deny', 'Fail'],
  ['warn', 'Warn', 'Ignore'],
  ['audit', 'Audit', 'Ignore'],
] as const)('%s', (mode, action, failurePolicy) => {
  const { policy, binding } = compile(defaultRulesText, mode);
  expect(binding.spec.validationActions).toEqual([action]);
  expect(policy.spec.failurePolicy).toBe(failurePolicy);
});

test('where the rules of namespaces may send images is a mirror too', () => {
  const { text } = compile('{version: 1, namespaceRules: {to: [Team.example/a]}, rules: []}');
  expect(text).toContain('in ["team.example/a/"]');
});

test('a message of several lines becomes one, or it would not be shown', () => {
  const { text } = compile('{version: 1, rules: [{from: gcr.io, deny: "ask\\n  us"}]}');
  expect(text).toContain('"gcr.io/": "deny ask us"');
});

describe('what the author of a Pod writes has no effect', () => {
  const skip = { owners: ['Job'], labels: { app: 'operator' }, annotations: { raw: 'true' } };
  const rules = [{ from: 'gcr.io', to: 'm.example' }];

  test.each(['all', 'none', ['label', 'owners', 'annotation']])('exits: %j', (exits) => {
    const { policy, text } = compile(JSON.stringify({ version: 1, exits, skip, rules }));
    expect(policy.spec.matchConstraints).not.toHaveProperty('objectSelector');
    expect(policy.spec.matchConstraints.namespaceSelector.matchExpressions).toHaveLength(2);
    expect(text).not.toMatch(
      /ownerReferences|object\.metadata\.\?(labels|annotations)|image-detour\/direct/,
    );
  });

  test('only a node may mark a Pod as the copy of a static one', () => {
    const { policy } = compile(defaultRulesText);
    const [{ expression }] = policy.spec.matchConditions;
    expect(expression).toContain('kubernetes.io/config.mirror');
    expect(expression).toContain('"system:nodes" in request.userInfo');
  });

  test('a skip is reported, as it has no effect', () => {
    const { diagnostics } = compile(JSON.stringify({ version: 1, skip, rules }));
    expect(diagnostics.map(({ code, message }) => [code, message])).toEqual([
      [
        'not-expressible',
        'skip.owners: the author of a Pod writes its owners, so these Pods are judged like any other',
      ],
      [
        'not-expressible',
        'skip.labels: the author of a Pod writes its labels, so these Pods are judged like any other',
      ],
      [
        'not-expressible',
        'skip.annotations: the author of a Pod writes its annotations, so these Pods are judged like any other',
      ],
    ]);
    expect(compile(JSON.stringify({ version: 1, exits: 'none', skip, rules })).diagnostics).toEqual(
      [],
    );
  });
});
