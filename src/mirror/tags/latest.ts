import type { ListedTag } from '../choice.ts';
import { versionOf } from './version.ts';

/**
 * Returns up to `count` tags, latest first: those of the highest versions, or if no tag is a
 * version, those that were updated last. Equal ones are in the order of their names, so the order in
 * which a registry lists tags does not matter.
 */
export function latestTags(tags: readonly ListedTag[], count: number): readonly ListedTag[] {
  const versions = tags.flatMap((listed) => {
    const version = versionOf(listed.tag);
    return version === undefined ? [] : [{ listed, version }];
  });
  if (versions.length === 0) return newestTags(tags, count);
  versions.sort((a, b) => b.version.compare(a.version) || byName(a.listed, b.listed));
  return versions.slice(0, count).map(({ listed }) => listed);
}

function newestTags(tags: readonly ListedTag[], count: number): readonly ListedTag[] {
  const dated = tags.flatMap((listed) =>
    listed.updated === undefined ? [] : [{ listed, time: listed.updated.getTime() }],
  );
  dated.sort((a, b) => b.time - a.time || byName(a.listed, b.listed));
  return dated.slice(0, count).map(({ listed }) => listed);
}

function byName(a: ListedTag, b: ListedTag): number {
  return a.tag < b.tag ? -1 : 1;
}
