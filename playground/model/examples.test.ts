import { describe, expect, test } from 'vitest';
import { checkRules } from '../../src/rules/check.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { finish } from '../../test/support/finish.ts';
import { findCollisions } from './collisions.ts';
import { exampleNames, examples } from './examples.ts';
import { readInput, type Trial, tryInput } from './try-input.ts';

function tried(name: (typeof exampleNames)[number]): readonly Trial[] {
  const { rules, input } = examples[name];
  return tryInput(readInput(input), loadRules(rules).ruleSet as RuleSet, 'default').trials;
}

describe.each(exampleNames)('the example %s', (name) => {
  test('has no mistakes', () => {
    const { ruleSet, diagnostics } = loadRules(examples[name].rules);
    expect(diagnostics).toEqual([]);
    const found = checkRules(ruleSet as RuleSet).filter(({ severity }) => severity !== 'note');
    expect(found).toEqual([]);
  });
});

test('the example of narrow rules shows each of them', () => {
  const trials = tried('narrow');
  const ali = 'registry.cn-hangzhou.aliyuncs.com';
  expect(trials.map(({ decision }) => decision.image)).toEqual([
    `${ali}/corp-patched/nginx:1.25-p3`,
    `${ali}/corp-hub/nginx:1.27`,
    `${ali}/corp-hub/grafana-loki:3.0`,
    `${ali}/corp-hub/grafana-loki:3.0`,
    `${ali}/google_containers/coredns:v1.11.1`,
    `${ali}/google_containers/pause:3.10`,
    `${ali}/mirror-eu.gcr.io/project-app:v1`,
    'harbor.example.com/archive/coreos/etcd:v3.5',
    'harbor.example.com/quay/cilium/cilium:v1.18.0',
  ]);
  expect(trials[7]?.decision.earlier?.map(({ image }) => image)).toEqual([
    'harbor.example.com/quay/coreos/etcd:v3.5',
  ]);
  expect(
    finish(findCollisions({ trials, namespaceRules: new Map() })).map(({ images }) => images),
  ).toEqual([['grafana/loki:3.0', 'grafana-loki:3.0']]);
});
