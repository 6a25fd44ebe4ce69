import { describe, expect, test } from 'vitest';
import { loadRules } from './load.ts';
import { loadNamespaceRules } from './namespace-rules.ts';
import type { RuleSet } from './rule-set.ts';

const cluster = loadRules(`
version: 1
mirror: mirror.example
namespaceRules:
  to: [mirror.example/teams, Registry.example:5000]
rules:
  - from: docker.io
    to: \${mirror}/hub
  - from: registry.example:5000/blocked
    deny: not this one
`).ruleSet as RuleSet;

const rule = (more: string) => `version: 1\nrules:\n  - from: quay.io\n    ${more}\n`;

function load(text: string): string[] {
  const { ruleSet, diagnostics } = loadNamespaceRules(text, cluster);
  const lines = diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`);
  return ruleSet === undefined ? ['refused', ...lines] : lines;
}

test.each([
  ['below an allowed prefix', rule('to: mirror.example/teams/a')],
  ['exactly the prefix', rule('to: mirror.example/teams')],
  ['below an allowed registry, however it is written', rule('to: registry.EXAMPLE:5000/a')],
  ['with a mirror of its own', `mirror: mirror.example/teams\n${rule('to: ${mirror}/a')}`],
  ['that keep', rule('keep: true')],
  ['that deny', rule('deny: no')],
  [
    'for any registry',
    'version: 1\nrules:\n  - from: "*"\n    to: mirror.example/teams/${registry}\n',
  ],
])('rules %s are taken', (_, text) => {
  expect(load(text)).toEqual([]);
});

describe('refused are', () => {
  test.each([
    ['another registry', rule('to: elsewhere.example/teams'), ['3:11 outside-allowed']],
    [
      'a path that only begins alike',
      rule('to: mirror.example/teamsters'),
      ['3:11 outside-allowed'],
    ],
    [
      'a wildcard above the prefix',
      'version: 1\nrules:\n  - from: "*"\n    to: mirror.example/${registry}\n',
      ['3:11 outside-allowed'],
    ],
    [
      'more origins than a namespace may have',
      `version: 1\nrules:\n  - from: [${Array.from({ length: 201 }, (_, n) => `h${n}.io`)}]\n    keep: true\n`,
      ['3:3 too-large'],
    ],
    [
      'namespaces',
      `${rule('to: mirror.example/teams')}    namespaces: { include: [a] }\n`,
      ['3:11 not-for-a-namespace'],
    ],
    [
      'namespaces, and a to outside',
      `${rule('to: elsewhere.example')}    namespaces: { include: [a] }\n`,
      ['3:11 not-for-a-namespace', '3:11 outside-allowed'],
    ],
    [
      'refusals next to other mistakes',
      `warn: true\n${rule('to: elsewhere.example')}  - {from: a.io, to: M.io/X}\nnope: 1\n`,
      ['1:1 not-for-a-namespace', '4:11 outside-allowed', '6:22 invalid-to', '7:1 unknown-key'],
    ],
    [
      'keys that are the cluster’s',
      `bypass: false\nwarn: true\n${rule('keep: true')}`,
      ['1:1 not-for-a-namespace', '2:1 not-for-a-namespace'],
    ],
    [
      'facts about registries',
      `registries: {mirror.example: {pullSecrets: [mine]}}\n${rule('keep: true')}`,
      ['1:1 not-for-a-namespace'],
    ],
    ['pull secrets', `pullSecrets: [mine]\n${rule('keep: true')}`, ['1:1 unknown-key']],
    [
      'what other commands read of the cluster’s file',
      `expect: {a: keep}\nworkloads: []\nsync: {}\n${rule('keep: true')}`,
      ['1:1 not-for-a-namespace', '2:1 not-for-a-namespace', '3:1 not-for-a-namespace'],
    ],
    ['a broken file', 'version: 2\n', ['1:1 missing-key', '1:10 wrong-value']],
    ['more than fits into a ConfigMap', `#${' '.repeat(16 * 1024)}`, ['1:1 too-large']],
  ])('%s', (_, text, expected) => {
    expect(load(text)).toEqual(['refused', ...expected]);
  });

  test('everything, where the cluster’s file allows nothing', () => {
    const { ruleSet } = loadNamespaceRules(
      rule('to: mirror.example/teams'),
      loadRules('version: 1\nrules: []\n').ruleSet as RuleSet,
    );
    expect(ruleSet).toBeUndefined();
  });
});

test('a destination that no image can have is an error of the cluster’s file', () => {
  const { ruleSet, diagnostics } = loadRules(
    'version: 1\nnamespaceRules:\n  to: ["a b"]\nrules: []\n',
  );
  expect(ruleSet).toBeUndefined();
  expect(diagnostics).toMatchObject([{ code: 'invalid-to', line: 3, column: 8 }]);
});
