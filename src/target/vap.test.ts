import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { defaultRulesText } from '../rules/default.ts';
import { loadRules } from '../rules/load.ts';
import type { TargetOptions } from './target.ts';
import { validatingAdmissionPolicy } from './vap.ts';

/* What the policy does is tested on a real API server: test/e2e/policy.test.ts. */

function compile(rules: string, mode: TargetOptions['mode'] = 'deny') {
  const { ruleSet } = loadRules(rules);
  if (ruleSet === undefined) throw new Error('the rules are wrong');
  const options = { name: 'image-detour', mirrorOnly: false, api: 'v1', mode } as const;
  const { documents, diagnostics } = validatingAdmissionPolicy.compile(ruleSet, options);
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
  expect(text).toContain('"team.example/a/": ""');
});

test('a message of several lines becomes one, or it would not be shown', () => {
  const { text } = compile('{version: 1, rules: [{from: gcr.io, deny: "ask\\n  us"}]}');
  expect(text).toContain('"gcr.io/": "deny ask us"');
});
