import { afterEach, expect, test } from 'vitest';
import { RegistryBench } from '../../test/support/registry-client.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { Answers } from './answers.ts';
import { expandRepositories } from './expand.ts';
import { wantedImages } from './wanted.ts';

const bench = new RegistryBench();
afterEach(() => bench.close());

test.each([{ semver: '>=7' }, { newerThan: 86_400_000 }])(
  'a repository that no rule matches is reported, whatever its filter: %o',
  async (tags) => {
    const { ruleSet } = loadRules('version: 1\nrules: [{from: docker.io, to: m.example}]');
    const rules = ruleSet as RuleSet;
    const one = { image: 'quay.io/org/app', isRepository: true, place: 'l:1', choice: { tags } };
    const expanded = await expandRepositories([one], {
      client: bench.client([]),
      ruleSet: rules,
      answers: new Answers(),
      now: new Date(),
    });
    expect(expanded.findings).toEqual([]);
    expect(wantedImages(expanded.listed, rules)).toMatchObject({
      wanted: [],
      findings: [{ code: 'unmatched', place: 'l:1' }],
    });
  },
);
