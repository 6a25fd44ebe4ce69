import { type Exit, exitNames } from './exit-names.ts';
import type { RulesFile } from './schema.ts';

/** Returns the exits that a file leaves open; all of them unless it closes some. */
export function openExits({ exits = 'all' }: Pick<RulesFile, 'exits'>): ReadonlySet<Exit> {
  if (exits === 'none') return new Set();
  return new Set(exits === 'all' ? exitNames : exits);
}

/**
 * Returns the file without what only closed exits would read, so that no reader of the rules can
 * leave one open.
 */
export function withoutClosed(file: RulesFile, open: ReadonlySet<Exit>): RulesFile {
  const { skip, namespaceRules, ...rest } = file;
  const { owners, labels, annotations } = skip ?? {};
  const kept = {
    ...(owners && open.has('owners') && { owners }),
    ...(labels && open.has('label') && { labels }),
    ...(annotations && open.has('annotation') && { annotations }),
  };
  return {
    ...rest,
    ...(Object.keys(kept).length > 0 && { skip: kept }),
    ...(namespaceRules && open.has('namespaceRules') && { namespaceRules }),
  };
}

/** Lists the keys of a file that have no effect because the exit they are for is closed. */
export function closedKeys(
  {
    bypass,
    skip,
    namespaceRules,
  }: Pick<RulesFile, 'bypass' | 'skip'> & { readonly namespaceRules?: unknown },
  open: ReadonlySet<Exit>,
): { path: readonly string[]; exit: Exit }[] {
  const written: readonly { path: readonly string[]; exit: Exit; value: unknown }[] = [
    { path: ['bypass'], exit: 'bypass', value: bypass || undefined },
    { path: ['skip', 'owners'], exit: 'owners', value: skip?.owners },
    { path: ['skip', 'labels'], exit: 'label', value: skip?.labels },
    { path: ['skip', 'annotations'], exit: 'annotation', value: skip?.annotations },
    { path: ['namespaceRules'], exit: 'namespaceRules', value: namespaceRules },
  ];
  return written.filter(({ exit, value }) => value !== undefined && !open.has(exit));
}
