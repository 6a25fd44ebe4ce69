import { matchesAnyGlob } from '../rules/glob.ts';
import type { Listed } from './listed.ts';
import type { Wanted } from './wanted.ts';

/** WhyStanding says why a tag of the mirror does not follow its source. */
export type WhyStanding = 'immutable' | 'stands';

/**
 * Returns why a tag stays as it is once the mirror has it; undefined if it follows its source. It
 * stays only if every listed image with this name says so.
 */
export function whyStanding({ destination, sources }: Wanted): WhyStanding | undefined {
  const { tag } = destination;
  let why: WhyStanding | undefined;
  for (const { listed } of sources) {
    const one = tag === undefined ? undefined : whyOf(tag, listed);
    if (one === undefined) return undefined;
    why ??= one;
  }
  return why;
}

function whyOf(tag: string, { choice }: Listed): WhyStanding | undefined {
  if (matchesAnyGlob(choice?.immutable ?? [], tag)) return 'immutable';
  return choice?.overwrite === 'never' ? 'stands' : undefined;
}

/**
 * Returns how old a change of a source may be for its tag at the mirror to follow, in milliseconds;
 * undefined if any change counts.
 */
export function overwriteWithin({ sources }: Wanted): number | undefined {
  const overwrite = sources[0]?.listed.choice?.overwrite;
  return typeof overwrite === 'object' ? overwrite.within : undefined;
}
