import type { Decision, Reason } from '../decision/decide.ts';
import type { Finding } from './finding.ts';

type Why = Pick<Finding, 'code' | 'message'>;

const noDestination = 'so it has no place in the mirror: add a rule, or take it off the list';

const byReason: Partial<Record<Reason, Why>> = {
  'no-rule': { code: 'unmatched', message: `no rule matches it, ${noDestination}` },
  'already-mirrored': {
    code: 'already-mirrored',
    message: 'it is in the mirror already: list the image by the name of its origin',
  },
  bypass: {
    code: 'bypassed',
    message: 'it has the bypass prefix, which keeps it away from the mirror: remove the prefix',
  },
  namespace: {
    code: 'unmatched',
    message: `the rules apply in no namespace that is known, ${noDestination}`,
  },
};

/** Says why an image that the rules do not rewrite is not copied. */
export function whyNotCopied({ action, reason, rule, image }: Decision): Why {
  const known = byReason[reason];
  if (known !== undefined) return known;
  if (reason === 'unwritable') {
    return { code: 'unwritable', message: `its name at the mirror is not valid or too long` };
  }
  const line = rule === undefined ? '' : ` (line ${rule.line} of the rules file)`;
  if (action === 'deny') {
    return { code: 'denied', message: `a rule denies it${line}: take it off the list` };
  }
  if (reason === 'rule') {
    return { code: 'kept', message: `a rule keeps it at its origin${line}, ${noDestination}` };
  }
  return { code: 'kept', message: `"${image}" is kept as it is, ${noDestination}` };
}
