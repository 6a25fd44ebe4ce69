import type { RuleSet } from '../rules/rule-set.ts';
import type { RulesFile } from '../rules/schema.ts';
import type { Choice, Overwrite, TagFilter } from './choice.ts';
import { parseDuration } from './duration.ts';
import type { Listed } from './listed.ts';

type Section = NonNullable<RulesFile['sync']>;
type WrittenList = Exclude<NonNullable<Section['lists']>[number], string>;
/** What an entry of `sync` says about tags, as written. */
type WrittenChoice = Pick<WrittenList, 'tags' | 'immutable' | 'overwrite'>;

/** Returns what `sync.images` lists. An entry with `tags` is a repository. */
export function syncImages({ file }: Pick<RuleSet, 'file'>): readonly Listed[] {
  return (file.sync?.images ?? []).map((entry, index) => {
    const place = `sync.images[${index}]`;
    if (typeof entry === 'string') return { image: entry, isRepository: false, place };
    const { from: image, tags } = entry;
    return { image, isRepository: tags !== undefined, place, choice: readChoice(entry) };
  });
}

/** SyncList is a file that `sync.lists` names, with what holds for all its lines. */
export interface SyncList {
  /** As written. */
  readonly file: string;
  readonly choice?: Choice;
}

/** Returns the files that `sync.lists` names. */
export function syncLists({ file }: Pick<RuleSet, 'file'>): readonly SyncList[] {
  return (file.sync?.lists ?? []).map((entry) =>
    typeof entry === 'string' ? { file: entry } : { file: entry.file, choice: readChoice(entry) },
  );
}

function readChoice({ tags, immutable, overwrite }: WrittenChoice): Choice {
  return {
    ...(tags && { tags: readFilter(tags) }),
    ...(immutable && { immutable }),
    ...(overwrite && { overwrite: readOverwrite(overwrite) }),
  };
}

function readFilter({ newerThan, ...rest }: NonNullable<WrittenChoice['tags']>): TagFilter {
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(given),
    ...(newerThan !== undefined && { newerThan: parseDuration(newerThan) }),
  };
}

function readOverwrite(written: string): Overwrite {
  if (written === 'always' || written === 'never') return written;
  return { within: parseDuration(written) };
}
