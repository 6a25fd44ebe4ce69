import type { Reason } from './decide.ts';
import type { ConsideredRule } from './explain.ts';

/** Holds each reason in words, for output. */
export const reasonText: Readonly<Record<Reason, string>> = {
  rule: 'the rule says so',
  bypass: 'the bypass prefix forces the origin',
  'no-rule': 'no rule matches',
  'already-mirrored': 'it is already under a to of the rules',
  placeholder: 'it stands for the image that another webhook puts in its place',
  unparsable: 'it is not a valid image reference',
  unwritable: 'the result is not a valid reference, or is too long',
  'over-budget': 'the review needs more work than its size allows',
  namespace: 'the rules do not apply in this namespace',
  bypassed: 'the Pod carries the mark of an earlier bypass',
};

/** Holds each verdict on a rule in words, for output. */
export const verdictText: Readonly<Record<ConsideredRule['verdict'], string>> = {
  decided: 'decided',
  'passed-on': 'matches, but another rule decided about the result',
  'less-specific': 'matches, but another is more specific',
  'other-namespace': 'matches, but does not apply in this namespace',
  'not-asked': 'matches, but was not used',
};

/** Says why the webhook may not be asked although the rules decide. */
export const leftOutText =
  'registrations leave this namespace out by default: then the webhook is not asked';
