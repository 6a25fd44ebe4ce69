import { matchesAnyGlob } from '../rules/glob.ts';
import type { Overwrite } from './choice.ts';
import { formatDuration } from './duration.ts';
import type { Listed } from './listed.ts';
import type { Located } from './located.ts';

/** WhyStanding says why a tag of the mirror does not follow its source. */
export type WhyStanding = 'immutable' | 'stands';

/** Following says when a tag of the mirror follows its source: `immutable` is never, too. */
type Following = Overwrite | 'immutable';

/** Standing is a name of the mirror, and the listed entry that says when its tag follows its source. */
interface Standing {
  readonly destination: Pick<Located, 'tag'>;
  readonly strictest: Listed;
}

/** Returns why a tag stays as it is once the mirror has it; undefined if it follows its source. */
export function whyStanding({ destination, strictest }: Standing): WhyStanding | undefined {
  const following = statedBy(destination.tag, strictest);
  if (following === 'never') return 'stands';
  return following === 'immutable' ? 'immutable' : undefined;
}

/**
 * Returns how old a change of a source may be for its tag at the mirror to follow, in milliseconds;
 * undefined if any change counts.
 */
export function overwriteWithin({ destination, strictest }: Standing): number | undefined {
  const following = statedBy(destination.tag, strictest);
  return typeof following === 'object' ? following.within : undefined;
}

/**
 * Returns the listed entry that decides when a tag of the mirror follows its source: of two, the
 * stricter one.
 */
export function stricterOf(tag: string | undefined, one: Listed, other: Listed): Listed {
  return reachOf(statedBy(tag, other)) < reachOf(statedBy(tag, one)) ? other : one;
}

/** Describes how an entry contradicts another one about a tag; undefined if it does not. */
export function contradictionOf(
  tag: string | undefined,
  one: Listed,
  other: Listed,
): string | undefined {
  const [here, there] = [statedBy(tag, one), statedBy(tag, other)];
  if (here === undefined || there === undefined || reachOf(here) === reachOf(there))
    return undefined;
  return `it has ${format(here)} here, and ${format(there)} in ${other.place}: the stricter one counts`;
}

/** Returns what an entry says about a tag; undefined if it says nothing. */
function statedBy(tag: string | undefined, { choice }: Listed): Following | undefined {
  if (tag === undefined) return undefined;
  return matchesAnyGlob(choice?.immutable ?? [], tag) ? 'immutable' : choice?.overwrite;
}

/** Returns how old a change may be that is followed, in milliseconds; negative if none is. */
function reachOf(following: Following = 'always'): number {
  if (typeof following === 'object') return following.within;
  return { immutable: -2, never: -1, always: Number.POSITIVE_INFINITY }[following];
}

function format(following: Following): string {
  if (following === 'immutable') return following;
  const written = typeof following === 'object' ? formatDuration(following.within) : following;
  return `overwrite: ${written}`;
}
