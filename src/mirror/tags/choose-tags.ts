import { matchesAnyGlob } from '../../rules/glob.ts';
import type { ChosenTags, FilterStep, ListedTag, TagFilter } from '../choice.ts';
import { formatDuration } from '../duration.ts';

/** Selection is one filter that is ready to use. */
interface Selection extends Pick<FilterStep, 'filter' | 'value'> {
  readonly select: (tags: readonly ListedTag[]) => readonly ListedTag[];
}

/**
 * Chooses tags of a repository: those that match all parts of the filter. The parts are applied one
 * after another, `latest` last. `pattern` and `semver` have to be valid, see `filterMistakes`; the
 * libraries that read them are loaded if they are needed. The result depends on the arguments only.
 */
export async function chooseTags(
  tags: readonly ListedTag[],
  filter: TagFilter,
  now: Date,
): Promise<ChosenTags> {
  const steps: FilterStep[] = [];
  // A registry that gets new tags while it is read may list one twice.
  let left: readonly ListedTag[] = [...new Map(tags.map((one) => [one.tag, one])).values()];
  let lacksDates = false;
  for (const { filter: name, value, select } of await selectionsOf(filter, now)) {
    const before = left;
    left = select(before);
    const kept = new Set(left);
    const letOut = before.filter((one) => !kept.has(one)).map(({ tag }) => tag);
    steps.push({ filter: name, value, before: before.length, letOut });
    // `latest` keeps at least one tag, unless it needs dates.
    const isByDate = name === 'newerThan' || name === 'latest';
    if (isByDate && before.length > 0 && left.length === 0 && !before.some(hasDate))
      lacksDates = true;
  }
  return { tags: left.map(({ tag }) => tag), steps, lacksDates };
}

/** Returns what reports whether the parts of a filter that go by the name alone keep a tag. */
export async function nameFilter({
  include,
  exclude,
  pattern,
  semver,
}: TagFilter): Promise<(tag: string) => boolean> {
  const byName = {
    ...(include && { include }),
    ...(exclude && { exclude }),
    ...(pattern !== undefined && { pattern }),
    ...(semver !== undefined && { semver }),
  };
  const selections = await selectionsOf(byName, new Date(0));
  return (tag) => selections.every(({ select }) => select([{ tag }]).length === 1);
}

/** Returns the filters that are given, in the order in which they are applied. */
async function selectionsOf(filter: TagFilter, now: Date): Promise<readonly Selection[]> {
  const { include, exclude, pattern, semver, newerThan, latest } = filter;
  const selections: Selection[] = [];
  if (include !== undefined) {
    const select = where(({ tag }) => matchesAnyGlob(include, tag));
    selections.push({ filter: 'include', value: include.join(', '), select });
  }
  if (exclude !== undefined) {
    const select = where(({ tag }) => !matchesAnyGlob(exclude, tag));
    selections.push({ filter: 'exclude', value: exclude.join(', '), select });
  }
  if (pattern !== undefined) {
    const { tagsLike } = await import('./pattern.ts');
    const isLike = tagsLike(pattern);
    selections.push({ filter: 'pattern', value: pattern, select: where(({ tag }) => isLike(tag)) });
  }
  if (semver !== undefined) {
    const { versionsIn } = await import('./version.ts');
    const isIn = versionsIn(semver);
    selections.push({ filter: 'semver', value: semver, select: where(({ tag }) => isIn(tag)) });
  }
  if (newerThan !== undefined) {
    const since = now.getTime() - newerThan;
    const select = where(({ updated }) => updated !== undefined && updated.getTime() >= since);
    selections.push({ filter: 'newerThan', value: formatDuration(newerThan), select });
  }
  if (latest !== undefined) {
    const { latestTags } = await import('./latest.ts');
    const select = (tags: readonly ListedTag[]) => latestTags(tags, latest);
    selections.push({ filter: 'latest', value: String(latest), select });
  }
  return selections;
}

function where(keeps: (tag: ListedTag) => boolean): Selection['select'] {
  return (tags) => tags.filter(keeps);
}

function hasDate({ updated }: ListedTag): boolean {
  return updated !== undefined;
}
