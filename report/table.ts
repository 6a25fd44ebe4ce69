import { formatBytes, formatTime } from '../src/cli/commands/sync/text.ts';
import { button, element } from './element.ts';
import type { Image, Selection, SortKey } from './images.ts';
import { messages } from './messages.ts';

/** TableActions are what a reader does in the table. */
export interface TableActions {
  sort(key: SortKey): void;
  copy(text: string): void;
}

const sortKeys: readonly SortKey[] = ['state', 'name', 'uploaded', 'mounted', 'milliseconds'];
/** Characters of a digest's hex that tell images apart. */
const shortHex = 12;

/**
 * Table is the table of images. Its roles are written out: narrow pages lay its rows out in another
 * way, and browsers would no longer take it for a table.
 */
export class Table {
  readonly root: HTMLTableElement;
  readonly #headers: ReadonlyMap<SortKey, HTMLTableCellElement>;
  readonly #body = element('tbody', { role: 'rowgroup' });
  readonly #actions: TableActions;

  constructor(actions: TableActions) {
    this.#actions = actions;
    this.#headers = new Map(sortKeys.map((key) => [key, this.#createHeader(key)]));
    const digest = element(
      'th',
      { role: 'columnheader', scope: 'col', class: 'digest' },
      messages.digest,
    );
    const cells = sortKeys.flatMap((key) => {
      const header = this.#headers.get(key) as HTMLElement;
      return key === 'name' ? [header, digest] : [header];
    });
    this.root = element(
      'table',
      { role: 'table' },
      element('caption', {}, messages.images),
      element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...cells)),
      this.#body,
    );
  }

  /** Shows images, and how they are sorted. */
  show(images: Iterable<Image>, { key, isDescending }: Selection): void {
    for (const [each, header] of this.#headers) {
      const order = isDescending ? 'descending' : 'ascending';
      if (each === key) header.setAttribute('aria-sort', order);
      else header.removeAttribute('aria-sort');
    }
    this.#body.replaceChildren(...Array.from(images, (image) => this.#createRow(image)));
  }

  #createHeader(key: SortKey): HTMLTableCellElement {
    const sort = button({}, () => this.#actions.sort(key), messages.columns[key]);
    return element('th', { role: 'columnheader', scope: 'col', class: key }, sort);
  }

  #createRow(image: Image): HTMLTableRowElement {
    const { state, digest, uploaded, mounted, milliseconds } = image;
    const mark = element('span', { class: `mark ${state}` }, messages.states[state]);
    return element(
      'tr',
      { role: 'row' },
      cell('state', mark),
      cell('name', ...nameOf(image)),
      cell('digest', ...(digest === '' ? [] : [this.#createDigest(digest)])),
      numberCell('uploaded', uploaded, formatBytes),
      numberCell('mounted', mounted, formatBytes),
      numberCell('milliseconds', milliseconds, formatTime),
    );
  }

  #createDigest(digest: string): HTMLElement {
    const hex = digest.slice(digest.indexOf(':') + 1, digest.indexOf(':') + 1 + shortHex);
    const about = { title: digest, 'aria-label': messages.copyDigest(hex) };
    return button(about, () => this.#actions.copy(digest), hex);
  }
}

function cell(name: string, ...children: readonly (Node | string)[]): HTMLTableCellElement {
  return element('td', { role: 'cell', class: name }, ...children);
}

/** On narrow pages, the name of the column is next to the number. */
function numberCell(
  key: 'uploaded' | 'mounted' | 'milliseconds',
  value: number,
  format: (value: number) => string,
): HTMLTableCellElement {
  if (value === 0) return cell(key);
  const name = element('span', { class: 'narrow' }, `${messages.columns[key]} `);
  return cell(key, name, format(value));
}

function nameOf({ origin, destination, message, place, warnings }: Image): Node[] {
  const names = [origin, ...(destination === '' ? [] : [`→ ${destination}`])].filter(Boolean);
  return [
    ...names.map((name, at) => element('div', { class: at === 0 ? 'origin' : 'to' }, name)),
    ...(message === '' ? [] : [element('div', { class: 'message' }, message)]),
    ...warnings.map((warning) => element('div', { class: 'warning' }, warning)),
    ...(place === '' ? [] : [element('div', { class: 'place' }, `${messages.listedIn} ${place}`)]),
  ];
}
