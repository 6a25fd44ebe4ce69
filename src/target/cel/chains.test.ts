import { describe, expect, test } from 'vitest';
import { loadRules } from '../../rules/load.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { defaultSettings } from '../contract/options.ts';
import { chainsOf } from './chains.ts';
import { mutationOf } from './mutation.ts';

/* That policies decide so is tested on a real API server: test/e2e/policy.test.ts. */

function rulesOf(rules: readonly object[]): RuleSet {
  const { ruleSet, diagnostics } = loadRules(JSON.stringify({ version: 1, rules }));
  if (ruleSet === undefined) throw new Error(JSON.stringify(diagnostics));
  return ruleSet;
}

const hub = { from: 'docker.io', to: 'h.io/hub' };
const quay = { from: 'quay.io', to: 'h.io/quay' };

describe('how many passes a policy has after the first', () => {
  test.each<[about: string, rules: object[], passes: number, sources: string[]]>([
    ['no rule is below a destination', [hub, quay], 0, []],
    ['one is', [hub, quay, { from: 'h.io/hub/a', to: 'h.io/quay/a' }], 1, ['docker.io']],
    ['one image is', [hub, { from: 'h.io/hub/a:1', to: 'n.io/a:2' }], 1, ['docker.io']],
    ['one keeps', [hub, { from: 'h.io/hub/a', keep: true }], 0, []],
    [
      'one leads to the next',
      [
        hub,
        { from: 'h.io/hub/a', to: 'h.io/quay/old' },
        quay,
        { from: 'h.io/quay/old/b', to: 'n.io' },
      ],
      2,
      ['docker.io', 'h.io/hub/a', 'quay.io'],
    ],
    [
      '${registry} may be what it names',
      [
        { from: '*', to: 'h.io/mirror-${registry}' },
        { from: 'h.io/mirror-quay.io/a', to: 'n.io/a' },
        { from: 'h.io/other/a', to: 'n.io/b' },
      ],
      1,
      ['*'],
    ],
    [
      'official images of Docker Hub are in library/',
      [
        { from: 'gcr.io/a', to: 'docker.io/x' },
        { from: 'docker.io/library/x:1', to: 'n.io/x' },
      ],
      1,
      ['gcr.io/a'],
    ],
    [
      'one image is written, which is never decided again',
      [
        { from: 'gcr.io/a:1', to: 'h.io/hub/a:2' },
        { from: 'h.io/hub', to: 'n.io' },
      ],
      0,
      [],
    ],
  ])('%s', (_, rules, passes, sources) => {
    const chains = chainsOf(rulesOf(rules));
    expect(chains.passes).toBe(passes);
    expect(chains.sources.map(({ from }) => from).sort()).toEqual([...sources].sort());
    expect(chains.unasked).toEqual([]);
    const { variables } = mutationOf(rulesOf(rules), defaultSettings);
    const written = variables.filter(({ name }) => name.startsWith('written'));
    expect(written).toHaveLength(passes);
  });

  test('three at most, and a rule that would decide after them is in a note', () => {
    const ruleSet = rulesOf([hub, { from: 'h.io/hub/docker.io', to: 'h.io/hub' }]);
    expect(chainsOf(ruleSet)).toMatchObject({
      passes: 3,
      unasked: [{ from: 'h.io/hub/docker.io' }],
    });
    expect(mutationOf(ruleSet, defaultSettings).diagnostics).toMatchObject([
      {
        line: 1,
        code: 'not-expressible',
        severity: 'note',
        message: expect.stringMatching(/^"h.io\/hub\/docker.io" decides .* not after 3 rules/),
      },
    ]);
  });

  test('10,000 rules are followed in little time', () => {
    const rules = Array.from({ length: 5_000 }, (_, index) => [
      { from: `r${index}.io`, to: `h.io/r${index}` },
      { from: `h.io/r${index}/old`, to: `n.io/r${index}` },
    ]).flat();
    const ruleSet = rulesOf(rules);
    const start = performance.now();
    expect(chainsOf(ruleSet).sources).toHaveLength(5_000);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});

test('rules without tags, shapes and longer names have none of the variables for them', () => {
  const { variables } = mutationOf(rulesOf([hub, quay]), defaultSettings);
  const names = variables.map(({ name }) => name.replace(/\d+$/, ''));
  const refined = ['mirrorHosts', 'shapes', 'suffixes', 'passedOn', 'written'];
  expect(names.filter((name) => refined.includes(name))).toEqual([]);
  const found = variables.find(({ name }) => name === 'found');
  expect(found?.expression).not.toContain(':latest');
});
