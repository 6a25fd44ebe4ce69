import { yaml } from '@codemirror/lang-yaml';
import { EditorState } from '@codemirror/state';
import { expect, test } from 'vitest';
import { explain } from '../../src/decision/explain.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { ruleMarks } from './rule-marks.ts';

/** The text of the entry that decides about an image of rule 998, and how it is marked. */
function marked(item: (n: number) => string): string[] {
  const rules = Array.from({ length: 1_000 }, (_, n) => item(n));
  const text = `version: 1\nrules:\n${rules.join('')}`;
  const ruleSet = loadRules(text).ruleSet as RuleSet;
  const state = EditorState.create({ doc: text, extensions: yaml() });
  const { considered } = explain('r998.example/app', ruleSet, { namespace: 'default' });
  const [entry] = ruleMarks(state, considered);
  return [entry?.className ?? '', text.slice(entry?.from, entry?.to)];
}

test.each([
  ['a text', (n: number) => `  - from: r${n}.example\n    to: m.example/r${n}\n`],
  ['at the margin', (n: number) => `- from: r${n}.example\n  to: m.example/r${n}\n`],
  [
    'a list',
    (n: number) =>
      `  - from:\n      - r${n}.example\n      - s${n}.example\n    to: m.example/r${n}\n`,
  ],
])('with 1,000 rules the one that decides is marked, all of its lines: %s', (_, item) => {
  expect(marked(item)).toEqual(['rule-decided', item(998).trim()]);
});
