import type { Remark } from './by-entry.ts';
import { allTags, type Listed } from './listed.ts';

/** FindingCode says why a listed image is not copied. */
type FindingCode =
  | 'kept' // a rule keeps it at its origin
  | 'denied' // a rule denies it
  | 'unmatched' // no rule matches it
  | 'already-mirrored' // it names the mirror itself
  | 'bypassed' // it has the bypass prefix
  | 'unwritable' // its name at the mirror would not be valid
  | 'own' // a rule names an image that somebody made: it is not exported
  | 'nameless' // a layout gives it no name with a registry
  | 'never' // sync.never or a list of sync.neverLists names it
  | 'no-tags' // the tags of its repository could not be listed
  | 'no-dates'; // its tags are chosen by date, and its registry does not say when they changed

/**
 * Finding is about a listed image, or about tags of a repository, that are not copied, whatever the
 * registries answer. Its message says what is wrong, and what to do.
 */
export type Finding = Remark<FindingCode>;

/** Note is about a listed image that is copied: two entries contradict each other. */
export type Note = Remark<'contradiction'>;

/** Returns a finding about a listed repository, which it names with `:*`. */
export function repositoryFinding(
  { image, place }: Listed,
  code: FindingCode,
  message: string,
): Finding {
  return { code, image: image + allTags, place, message };
}
