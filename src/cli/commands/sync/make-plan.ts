import type { Registries } from '../../../layout/with-layout.ts';
import { Answers } from '../../../mirror/answers.ts';
import { type ExpandedRepository, expandRepositories } from '../../../mirror/expand.ts';
import type { Unlisted } from '../../../mirror/find-unlisted.ts';
import { type Plan, planMirror } from '../../../mirror/plan.ts';
import type { PullBudget } from '../../../mirror/pull-budget.ts';
import { pullsOf } from '../../../mirror/pulls.ts';
import { type Shard, ShardPart } from '../../../mirror/shard.ts';
import { type SurveyOptions, surveyMirror } from '../../../mirror/survey.ts';
import { wantedImages } from '../../../mirror/wanted.ts';
import { withoutRepositories } from '../../../mirror/without-repositories.ts';
import type { RuleSet } from '../../../rules/rule-set.ts';
import type { Carrying } from './carrying.ts';
import type { Cost } from './cost.ts';
import type { ListedImages } from './listed-images.ts';
import type { Looking } from './looking.ts';

/** Planning holds what a plan is made from. */
export interface Planning extends Omit<SurveyOptions, 'onProgress' | 'budget'> {
  readonly client: Registries;
  /** The files that images are written to, or read from. */
  readonly carrying?: Carrying | undefined;
  readonly ruleSet: RuleSet;
  /** The part of the list that is planned. */
  readonly shard: Shard;
  readonly signal: AbortSignal;
  readonly show: Looking;
  readonly budget: PullBudget;
  /** Returns how many requests were sent so far. */
  readonly requests: () => number;
}

/** Planned is a plan, how the tags in it were chosen, and what it costs. */
export interface Planned {
  readonly plan: Plan;
  readonly repositories: readonly ExpandedRepository[];
  readonly cost: Cost;
  /** What the mirror holds that no list names, if that was asked for. */
  readonly unlisted?: Unlisted | undefined;
}

/**
 * Asks the registries about what is listed, and plans what is copied. If the run is stopped
 * meanwhile, the plan has what is known, so that its report and its list of failures are complete.
 */
export async function makePlan(
  { listed, findings, never }: ListedImages,
  planning: Planning,
): Promise<Planned> {
  const { client, ruleSet, shard, signal, show, carrying } = planning;
  const answers = new Answers();
  const now = new Date();
  const part = new ShardPart(listed, ruleSet, shard);
  const expanding = { client: carrying?.origins ?? client, ruleSet, answers, now };
  const expanded = await expandRepositories(part.listed, expanding).catch(
    unlessStopped(signal, () => withoutRepositories(part.listed)),
  );
  const ruled = wantedImages(expanded.listed, ruleSet, never);
  const filled = ruled.wanted.filter(({ destination }) => part.fills(destination));
  const placed = carrying?.placeWishes({ ...ruled, wanted: filled });
  const { wanted, ...remarks } = placed ?? { ...ruled, wanted: filled };
  await surveyMirror(client, wanted, answers, {
    ...planning,
    onProgress: (done) => show.at(done, wanted.length),
  }).catch(unlessStopped(signal, () => undefined));
  const all = [...findings, ...expanded.findings, ...remarks.findings];
  const reported = all.filter((finding) => part.reports(finding));
  const plan = planMirror({ ...remarks, wanted, findings: reported }, answers, now);
  const pulls = signal.aborted
    ? undefined
    : await pullsOf(plan.images, { ...planning, answers }).catch(
        unlessStopped(signal, () => undefined),
      );
  return {
    plan,
    repositories: expanded.repositories,
    cost: { requests: planning.requests(), pulls },
  };
}

/** Returns a handler of errors that gives `otherwise` if the run was stopped. */
function unlessStopped<Value>(
  signal: AbortSignal,
  otherwise: () => Value,
): (error: unknown) => Value {
  return (error) => {
    if (!signal.aborted) throw error;
    return otherwise();
  };
}
