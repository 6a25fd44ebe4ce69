import { describe, expect, test } from 'vitest';
import { defaultRulesText } from '../rules/default.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { targets } from './all.ts';
import {
  choices,
  defaultSettings,
  type TargetOptions,
  type TargetSettings,
} from './contract/options.ts';

const { ruleSet } = loadRules(defaultRulesText);
const options: Required<TargetOptions> = {
  ...defaultSettings,
  images: [],
  url: 'https://detour.example/external-data',
  caBundle: '',
};

/** Returns another value than the default. */
function otherValue(setting: keyof TargetSettings): unknown {
  const value = defaultSettings[setting];
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'object') return ['other'];
  const others: readonly string[] =
    setting in choices ? choices[setting as keyof typeof choices] : ['other'];
  return others.find((other) => other !== value);
}

describe.each(targets)('$name takes what makes a difference to it, and nothing else', (target) => {
  test.each(Object.keys(defaultSettings) as (keyof TargetSettings)[])('%s', (setting) => {
    const compile = (more: Partial<TargetOptions>) =>
      JSON.stringify(target.compile(ruleSet as RuleSet, { ...options, ...more }));
    const isOther = compile({ [setting]: otherValue(setting) }) !== compile({});
    expect(isOther).toBe(target.takes?.includes(setting) ?? false);
  });
});
