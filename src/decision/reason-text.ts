import type { Reason } from './decide.ts';
import type { ConsideredRule } from './explain.ts';

/** Holds each reason in words, for output. */
export const reasonText: Readonly<Record<Reason, string>> = {
  rule: 'the rule says so',
  bypass: 'the bypass prefix forces the origin',
  'no-rule': 'no rule matches',
  'already-mirrored': 'it lies below a to of the rules already',
  unparsable: 'it is not a valid image reference',
  unwritable: 'what it would become is not a valid reference, or too long',
  'over-budget': 'the review has taken as much work as its size allows',
  namespace: 'the rules do not hold in this namespace',
  bypassed: 'the Pod carries the mark of an earlier bypass',
};

/** Holds each verdict on a rule in words, for output. */
export const verdictText: Readonly<Record<ConsideredRule['verdict'], string>> = {
  decided: 'decided',
  'less-specific': 'matches, but another is more specific',
  'other-namespace': 'matches, but does not hold in this namespace',
  'not-asked': 'matches, but was not asked',
};
