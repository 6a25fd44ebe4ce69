import type { PageData } from '../src/cli/commands/sync/report/page-data.ts';
import { element } from './element.ts';
import { formatCount, messages } from './messages.ts';

/** Repositories in the table, which a browser lays out at once. */
const mostRows = 1_000;
/** Tags that a row shows before it is opened. */
const mostNamed = 5;

/** Creates the section about what the mirror holds that no list names; nothing if that was not asked for. */
export function createUnlisted({ unlisted }: PageData): HTMLElement[] {
  if (unlisted === undefined) return [];
  const { repositories, seen, unseen } = unlisted;
  const tags = repositories.reduce((sum, one) => sum + one.tags.length, 0);
  const more = repositories.length - mostRows;
  return [
    element(
      'section',
      { class: 'unlisted' },
      element('h2', {}, messages.unlisted),
      element(
        'p',
        {},
        messages.unlistedTags(
          formatCount(tags),
          formatCount(repositories.length),
          formatCount(seen),
        ),
      ),
      ...unseen.map((message) => element('p', { class: 'warning' }, message)),
      ...(repositories.length === 0 ? [] : [createTable(repositories.slice(0, mostRows))]),
      ...(more > 0 ? [element('p', {}, messages.moreRepositories(formatCount(more)))] : []),
    ),
  ];
}

type Repositories = NonNullable<PageData['unlisted']>['repositories'];

function createTable(repositories: Repositories): HTMLElement {
  const headers = [messages.repository, messages.count, messages.tags];
  return element(
    'table',
    // Narrow pages lay rows out in another way, and browsers would no longer take it for a table.
    { role: 'table' },
    element('caption', {}, messages.unlisted),
    element(
      'thead',
      { role: 'rowgroup' },
      element(
        'tr',
        { role: 'row' },
        ...headers.map((text) => element('th', { role: 'columnheader', scope: 'col' }, text)),
      ),
    ),
    element(
      'tbody',
      { role: 'rowgroup' },
      ...repositories.map(({ repository, tags }) =>
        element(
          'tr',
          { role: 'row' },
          element('td', { role: 'cell' }, repository),
          element('td', { role: 'cell' }, formatCount(tags.length)),
          element('td', { role: 'cell' }, nameTags(tags)),
        ),
      ),
    ),
  );
}

function nameTags(tags: readonly string[]): HTMLElement | string {
  if (tags.length <= mostNamed) return tags.join(', ');
  const first = `${tags.slice(0, mostNamed).join(', ')}, …`;
  return element(
    'details',
    {},
    element('summary', {}, first),
    element('p', {}, tags.slice(mostNamed).join(', ')),
  );
}
