import { afterEach, expect, test } from 'vitest';
import { addImage } from '../../test/rig/registry/images.ts';
import { RegistryBench } from '../../test/support/registry-client.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { Answers } from './answers.ts';
import { planMirror } from './plan.ts';
import { PullBudget } from './pull-budget.ts';
import { surveyMirror } from './survey.ts';
import { wantedImages } from './wanted.ts';

const bench = new RegistryBench();
afterEach(() => bench.close());

test.each([[1], [3]])('a hidden list of tags moves no tag that stands: %i tags', async (count) => {
  const mirror = await bench.start();
  const tags = Array.from({ length: count }, (_, at) => `1.${at}`);
  for (const tag of tags) addImage(mirror.store, 'team/app', { tag });
  mirror.faults.add({
    on: ({ path }) => path.includes('/tags/list'),
    effect: { kind: 'answer', status: 404, body: '404 page not found\n' },
  });
  const { ruleSet } = loadRules(`version: 1\nrules: [{from: quay.io, to: "${mirror.host}"}]`);
  const listed = tags.map((tag) => ({
    image: `quay.io/team/app:${tag}`,
    isRepository: false,
    place: 'l:1',
    choice: { overwrite: 'never' as const },
  }));
  const wishes = wantedImages(listed, ruleSet as RuleSet);
  const answers = new Answers();
  const options = { asksAll: false, platforms: 'all' as const, budget: new PullBudget() };
  await surveyMirror(bench.client([mirror]), wishes.wanted, answers, options);
  const { images } = planMirror(wishes, answers, new Date());
  expect(images.map(({ action, why }) => `${action} ${why}`)).toEqual(
    tags.map(() => 'nothing stands'),
  );
});
