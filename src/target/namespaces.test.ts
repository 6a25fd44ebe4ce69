import { expect, test } from 'vitest';
import { defaultRulesText } from '../rules/default.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { targets } from './all.ts';
import { defaultSettings, type TargetOptions } from './contract/options.ts';
import type { Target } from './contract/target.ts';

const policies = targets.filter(({ takes = [] }) => takes.includes('excludeNamespace'));
const ruleSet = loadRules(defaultRulesText).ruleSet as RuleSet;

const compile = (target: Target, edit: Partial<TargetOptions> = {}) =>
  target.compile(ruleSet, { ...defaultSettings, ...edit }).documents[0]?.text ?? '';

test('each policy can include kube-system, and exclude other namespaces', () => {
  expect(policies.map(({ name }) => name)).toEqual(['map', 'vap', 'kyverno', 'gatekeeper']);
  expect(targets.filter(({ takes = [] }) => takes.includes('includeKubeSystem'))).toEqual(policies);
});

test.each(policies)('$name leaves out kube-system, unless it is included', (target) => {
  const excluded = /^ *- kube-system\n(?= *- image-detour$)/gm;
  const text = compile(target);
  expect(text).toMatch(excluded);
  expect(compile(target, { includeKubeSystem: true })).toBe(text.replace(excluded, ''));
});

test.each(policies)('$name leaves out the namespaces that are named, each once', (target) => {
  const excludeNamespace = ['calico-system', 'kube-system', 'harbor'];
  const last = /^( *)- kube-system\n *- image-detour$/gm;
  const text = compile(target).replace(last, '$&\n$1- calico-system\n$1- harbor');
  expect(compile(target, { excludeNamespace })).toBe(text);
});

test.each(policies)(
  '$name leaves out a namespace with the label image-detour: disabled',
  (target) => {
    expect(compile(target)).toMatch(
      /namespaceSelector:\n( *)matchExpressions:\n(\1.*\n)*\1 *- key: image-detour\n *operator: NotIn\n *values:\n *- disabled\n/,
    );
  },
);
