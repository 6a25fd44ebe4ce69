import type { Repository } from '../registry/repository.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { Finding } from './finding.ts';
import { withoutAllTags } from './listed.ts';
import { wantedImages } from './wanted.ts';

/**
 * Returns the repositories of the mirror of which the lists name tags, but it is not known which:
 * their origins are listed as a whole, and no tags could be chosen.
 */
export function unknownRepositories(findings: readonly Finding[], ruleSet: RuleSet): Repository[] {
  const repositories = findings
    .filter(({ code }) => code === 'no-tags' || code === 'no-dates')
    .map(({ image, place }) => ({ image: withoutAllTags(image), isRepository: false, place }));
  const { wanted } = wantedImages(repositories, ruleSet);
  return wanted.map(({ destination }) => destination.repository);
}
