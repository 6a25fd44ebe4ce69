import type { Expanded } from './expand.ts';
import { repositoryFinding } from './finding.ts';
import type { Listed } from './listed.ts';

const notListed = 'the run was stopped before its tags were listed';

/** Returns a list without its repositories, whose tags are unknown because the run was stopped. */
export function withoutRepositories(listed: readonly Listed[]): Expanded {
  const findings = listed
    .filter(({ isRepository }) => isRepository)
    .map((one) => repositoryFinding(one, 'no-tags', notListed));
  return { listed: listed.filter((one) => !one.isRepository), findings, repositories: [] };
}
