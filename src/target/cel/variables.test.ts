import { describe, expect, test } from 'vitest';
import { fullRules } from '../../../test/support/full-rules.ts';
import { defaultRulesText } from '../../rules/default.ts';
import { loadRules } from '../../rules/load.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { mutationOf } from './mutation.ts';
import { validationOf } from './validation.ts';
import { type Variable, variableContents } from './variables.ts';

const files = [
  defaultRulesText,
  fullRules,
  'version: 1\nbypass: false\nexits: [label]\nrules: []\n',
  JSON.stringify({
    version: 1,
    exits: ['bypass', 'owners', 'label'],
    rules: [
      { from: 'gcr.io', to: 'm.example', pullSecrets: ['a'], namespaces: { include: ['x'] } },
      { from: '*', to: 'm.example/${registry}', namespaces: { exclude: ['y'] } },
    ],
  }),
];
const policies = files.flatMap((file) => {
  const ruleSet = loadRules(file).ruleSet as RuleSet;
  return [mutationOf(ruleSet), validationOf(ruleSet, 'deny')];
});

const names = Object.keys(variableContents) as (keyof typeof variableContents)[];

/** The name in the table: tables have a number after theirs. */
function baseName(name: string): (typeof names)[number] {
  return name.replace(/\d+$/, '') as (typeof names)[number];
}

function usedBy(text: string): string[] {
  return [...text.matchAll(/\bvariables\.(\w+)/g)].map(([, name = '']) => name);
}

/**
 * The fields of items that an expression can read: those it makes, and those of the variables that
 * it uses.
 */
function fieldsWithin({ expression }: Variable): Set<string> {
  const made = [...expression.matchAll(/"(\w+)": /g)].map(([, field = '']) => field);
  const copied = usedBy(expression).flatMap(
    (name) => variableContents[baseName(name)].fields ?? [],
  );
  return new Set([...made, ...copied]);
}

test.each(policies)('policy %$ has its variables in the order of the table', ({ variables }) => {
  const order = variables.map(({ name }) => names.indexOf(baseName(name)));
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
  expect(new Set(found)).toEqual(new Set(names));
});

describe.each(policies)('items in policy %$', ({ variables }) => {
  test.each(variables)('$name reads fields that there are, and has those of the table', (each) => {
    const within = fieldsWithin(each);
    const read = [...each.expression.matchAll(/\b[xy]\.(\w+)/g)].map(([, field = '']) => field);
    expect([...within]).toEqual(expect.arrayContaining(read));
    const fields = variableContents[baseName(each.name)].fields ?? [];
    const withoutPointer = fields.filter((field) => field !== 'pointer');
    expect([...within]).toEqual(expect.arrayContaining(withoutPointer));
  });
});
