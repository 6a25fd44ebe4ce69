import type { Unlisted } from '../../../mirror/find-unlisted.ts';
import { formatCount, formatNames } from '../../counted.ts';
import type { Paint } from '../../terminal.ts';
import { escapeControl } from './text.ts';

/** Yields what the mirror holds that no list names: a line for each repository, and a total. */
export function* unlistedLines(
  unlisted: Unlisted | undefined,
  paint: Paint,
): Generator<string, void> {
  if (unlisted === undefined) return;
  const word = paint('yellow', 'unlisted');
  for (const { repository, tags } of unlisted.repositories)
    yield `${word}  ${escapeControl(`${repository}: ${formatCount(tags.length, 'tag')} that no list names: ${formatNames(tags)}`)}\n`;
  for (const message of unlisted.unseen)
    yield `${paint('yellow', 'unseen')}    ${escapeControl(message)}\n`;
  yield `${unlistedTotal(unlisted)}\n`;
}

/** Formats how much of the mirror no list names. */
export function unlistedTotal({ repositories, seen, referrers }: Unlisted): string {
  const tags = repositories.reduce((sum, one) => sum + one.tags.length, 0);
  const parts = [
    `no list names ${formatCount(tags, 'tag')} in ${repositories.length} of ${seen} repositories of the mirror`,
    ...(referrers > 0
      ? [`not counted: ${formatCount(referrers, 'tag')} of signatures and other referrers`]
      : []),
    'nothing is deleted',
  ];
  return parts.join('; ');
}

/** Yields the records of what the mirror holds that no list names, for a plan. */
export function* unlistedRecords(unlisted: Unlisted | undefined): Generator<object, void> {
  if (unlisted === undefined) return;
  for (const { repository, tags } of unlisted.repositories) yield { repository, unlisted: tags };
  for (const message of unlisted.unseen) yield { unseen: message };
}

/** Yields them as events of a run. */
export function* unlistedEvents(unlisted: Unlisted | undefined): Generator<object, void> {
  if (unlisted === undefined) return;
  for (const one of unlisted.repositories) yield { event: 'unlisted', ...one };
  for (const message of unlisted.unseen) yield { event: 'unseen', message };
}
