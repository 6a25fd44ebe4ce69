import type { PageData, PageState } from '../src/cli/commands/sync/report/page-data.ts';
import { formatBytes } from '../src/cli/commands/sync/text.ts';
import { copyText } from './clipboard.ts';
import { button, element } from './element.ts';
import { createHeading } from './heading.ts';
import { Images, type Selection, type SortKey, states } from './images.ts';
import { formatCount, language, messages } from './messages.ts';
import { Table } from './table.ts';
import { createUnlisted } from './unlisted.ts';
import '../playground/style/tokens.css';
import './style/page.css';
import './style/table.css';
import './style/unlisted.css';
import './style/media.css';

/** Rows on a page: a browser lays out this many without a noticeable pause. */
const pageSize = 100;
/** States that are only counted on paper: nothing was done, and nothing is to be done. */
const notPrinted: ReadonlySet<PageState> = new Set(['present', 'never']);
/** Rows on paper, up to 180 pages: a browser takes minutes to lay out ten times as many. */
const maxPrinted = 1_000;

const data = JSON.parse(document.getElementById('data')?.textContent ?? '{}') as PageData;
const images = new Images(data);
const counts = images.count();
let selection: Selection = { state: undefined, search: '', key: 'state', isDescending: false };
let found: readonly number[] = [];
let start = 0;

const notice = element('p', { class: 'notice', role: 'status' });
const range = element('p', { class: 'range', 'aria-live': 'polite' });
const none = element('p', { class: 'none' }, messages.none);
const notOnPaper = element('p', { class: 'not-on-paper', hidden: '' });
const search = element('input', { type: 'search', placeholder: messages.searchHint });
const previous = button({ 'aria-label': messages.previous }, () => turn(-pageSize), '←');
const next = button({ 'aria-label': messages.next }, () => turn(pageSize), '→');
const filters = new Map<PageState | undefined, HTMLElement>(
  [undefined, ...states]
    .filter((state) => state === undefined || counts.has(state))
    .map((state) => [state, createFilter(state)]),
);
const table = new Table({ sort: sortBy, copy });

document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
document.title = `${messages.title} · ${data.started.slice(0, 10)}`;
document.body.append(
  createHeading(data),
  element(
    'main',
    {},
    element(
      'div',
      { class: 'filters', role: 'group', 'aria-label': messages.filter },
      ...filters.values(),
    ),
    element(
      'div',
      { class: 'bar' },
      element('label', {}, element('span', {}, messages.search), search),
      button({ class: 'copy-names' }, copyNames, messages.copyNames),
      element('div', { class: 'pages' }, range, previous, next),
    ),
    table.root,
    notOnPaper,
    none,
    ...createUnlisted(data),
  ),
  notice,
);
search.addEventListener('input', () => select({ search: search.value }));
addEventListener('beforeprint', showForPrint);
addEventListener('afterprint', show);
select({});

/** Shows the images of another selection, from the first one. */
function select(change: Partial<Selection>): void {
  selection = { ...selection, ...change };
  found = images.select(selection);
  start = 0;
  for (const [state, filter] of filters)
    filter.setAttribute('aria-pressed', String(state === selection.state));
  show();
}

function show(): void {
  const end = Math.min(start + pageSize, found.length);
  table.show(
    found.slice(start, end).map((number) => images.at(number)),
    selection,
  );
  notOnPaper.hidden = true;
  none.hidden = found.length > 0;
  table.root.hidden = found.length === 0;
  range.textContent =
    found.length === 0
      ? ''
      : messages.range(formatCount(start + 1), formatCount(end), formatCount(found.length));
  setEnabled(previous, start > 0);
  setEnabled(next, end < found.length);
}

/** A disabled button would lose the keyboard focus. */
function setEnabled(one: HTMLButtonElement, isEnabled: boolean): void {
  one.setAttribute('aria-disabled', String(!isEnabled));
}

function turn(rows: number): void {
  if (start + rows < 0 || start + rows >= found.length) return;
  start += rows;
  show();
  table.root.scrollIntoView({ block: 'nearest' });
}

function sortBy(key: SortKey): void {
  // The largest first; names and states from their beginning.
  const isFirstDescending = key !== 'state' && key !== 'name';
  const isDescending = key === selection.key ? !selection.isDescending : isFirstDescending;
  select({ key, isDescending });
}

/** Shows what is printed, whatever is on the screen: the most urgent images first. */
function showForPrint(): void {
  const printed: Selection = { state: undefined, search: '', key: 'state', isDescending: false };
  const all = images
    .select(printed)
    .map((number) => images.at(number))
    .filter(({ state }) => !notPrinted.has(state));
  table.show(all.slice(0, maxPrinted), printed);
  table.root.hidden = all.length === 0;
  notOnPaper.hidden = all.length <= maxPrinted;
  notOnPaper.textContent = messages.notOnPaper(formatCount(all.length - maxPrinted));
  none.hidden = true;
}

function createFilter(state: PageState | undefined): HTMLElement {
  const { uploaded, mounted } = data.summary;
  const count = state === undefined ? images.length : (counts.get(state) ?? 0);
  const sizes =
    state === 'copied'
      ? [element('small', {}, messages.sizes(formatBytes(uploaded), formatBytes(mounted)))]
      : [];
  return button(
    { class: `filter ${state ?? 'all'}` },
    () => select({ state }),
    element('b', {}, formatCount(count)),
    element('span', {}, state === undefined ? messages.all : messages.states[state]),
    ...sizes,
  );
}

function copyNames(): void {
  const names = found
    .map((number) => images.at(number))
    .map((one) => one.origin || one.destination);
  copy(names.map((name) => `${name}\n`).join(''));
}

function copy(text: string): void {
  void copyText(text).then((isCopied) => {
    notice.textContent = isCopied ? messages.copied : messages.notCopied;
    setTimeout(() => notice.replaceChildren(), 2_000);
  });
}
