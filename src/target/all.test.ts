import { describe, expect, test } from 'vitest';
import { defaultRulesText } from '../rules/default.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { targets } from './all.ts';
import type { TargetOptions } from './contract/target.ts';

const { ruleSet } = loadRules(defaultRulesText);
const options: TargetOptions = {
  name: 'image-detour',
  api: 'v1',
  mode: 'deny',
  mirrorOnly: false,
  images: [],
  url: 'https://detour.example/external-data',
  caBundle: '',
};

describe.each(targets)('$name takes what makes a difference to it, and nothing else', (target) => {
  test.each([
    ['name', 'other'],
    ['api', 'v1beta1'],
    ['mode', 'warn'],
    ['mirrorOnly', true],
  ] as const)('%s', (option, value) => {
    const compile = (more: Partial<TargetOptions>) =>
      JSON.stringify(target.compile(ruleSet as RuleSet, { ...options, ...more }));
    const isOther = compile({ [option]: value }) !== compile({});
    expect(isOther).toBe(target.takes?.includes(option) ?? false);
  });
});
