import type { Decision } from './decide.ts';

/**
 * The longest message of a rule that is passed on, in characters; it may be repeated for each
 * image.
 */
const maxMessage = 500;

/** Explains why images of a Pod were not decided. */
export const tooMany = 'the Pod has more or longer images than can be decided';

/**
 * Returns why an image is denied, for the person whose Pod is refused; empty if the rule has no
 * message.
 */
export function denialMessage({
  reason,
  rule,
}: Pick<Decision, 'rule'> & { reason: string }): string {
  if (reason === 'unwritable') return 'its name in the mirror would not be a valid image reference';
  if (reason === 'over-budget') return tooMany;
  return rule === undefined ? '' : rule.message.slice(0, maxMessage);
}
