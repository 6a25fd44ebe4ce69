import { expect, test } from 'vitest';
import { fullRules } from '../../../test/support/full-rules.ts';
import { defaultRulesText } from '../../rules/default.ts';
import { loadRules } from '../../rules/load.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { defaultSettings } from '../contract/options.ts';
import { mutationOf } from './mutation.ts';
import { validationOf } from './validation.ts';
import { variableNames } from './variables.ts';

const files = [
  defaultRulesText,
  fullRules,
  'version: 1\nbypass: false\nexits: [label]\nrules: []\n',
  JSON.stringify({
    version: 1,
    exits: ['bypass', 'owners', 'label'],
    registries: { 'm.example/a': { pullSecrets: ['a'] } },
    rules: [
      { from: 'gcr.io', to: 'm.example', namespaces: { include: ['x'] } },
      { from: '*', to: 'm.example/${registry}', namespaces: { exclude: ['y'] } },
    ],
  }),
  JSON.stringify({
    version: 1,
    rules: [
      { from: 'gcr.io', to: 'm.example/gcr', path: 'joined' },
      { from: 'm.example/gcr/a', to: 'n.example/a' },
      { from: 'gcr.io/a/b:1', to: 'm.example/b:2' },
    ],
  }),
  JSON.stringify({
    version: 1,
    rules: Array.from({ length: 30 }, (_, n) => [
      { from: `r${n}.io/a`, to: `r${n + 1}.io/b` },
      { from: `*.r${n}.io`, to: `m${n}.io/\${registry}` },
    ]).flat(),
  }),
];
const policies = files.flatMap((file) => {
  const ruleSet = loadRules(file).ruleSet as RuleSet;
  return [mutationOf(ruleSet, defaultSettings), validationOf(ruleSet, defaultSettings)];
});

/** The name in the table: tables have a number after theirs. */
function baseName(name: string): (typeof variableNames)[number] {
  return name.replace(/\d+$/, '') as (typeof variableNames)[number];
}

function usedBy(text: string): string[] {
  return [...text.matchAll(/\bvariables\.(\w+)/g)].map(([, name = '']) => name);
}

test.each(policies)('policy %$ has its variables in the order of the table', ({ variables }) => {
  const order = variables.map(({ name }) => variableNames.indexOf(baseName(name)));
  expect(order).toEqual(order.toSorted((a, b) => a - b));
});

test.each(policies)('policy %$ uses no variable before it is there', ({ variables, spec }) => {
  for (const [index, { name, expression }] of variables.entries()) {
    const above = variables.slice(0, index).map((each) => each.name);
    expect(above, name).toEqual(expect.arrayContaining(usedBy(expression)));
  }
  const all = variables.map(({ name }) => name);
  expect(all).toEqual(expect.arrayContaining(usedBy(JSON.stringify(spec))));
});

test('the table names no variable that no policy has', () => {
  const found = policies.flatMap(({ variables }) => variables.map(({ name }) => baseName(name)));
  expect(new Set(found)).toEqual(new Set(variableNames));
});
