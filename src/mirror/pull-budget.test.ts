import { expect, test } from 'vitest';
import { locate } from './located.ts';
import { PullBudget } from './pull-budget.ts';

const nginx = locate('nginx:1');
const other = locate('quay.io/a/b:1');

function budgetAfter(remaining: number): PullBudget {
  const budget = new PullBudget();
  budget.note({
    type: 'rate-limit',
    registry: 'docker.io',
    remaining,
    limit: 100,
    window: 21_600,
  });
  return budget;
}

test('an image waits if its registry says that no pull is left', () => {
  if (nginx === undefined || other === undefined) expect.unreachable();
  const budget = budgetAfter(0);
  expect(budget.whyWait(nginx)).toBe(
    'docker.io allows no more pulls now (0 of 100 in 6 hours are left): run this again later, or log in to an account that may pull more: docker login',
  );
  expect(budget.whyWait(other)).toBeUndefined();
});

test('it does not wait as long as one is left, or if nothing is known', () => {
  if (nginx === undefined) expect.unreachable();
  expect(budgetAfter(1).whyWait(nginx)).toBeUndefined();
  expect(new PullBudget().whyWait(nginx)).toBeUndefined();
});
