import { type ReadonlySignal, signal } from '@preact/signals';

/**
 * True if the window shows one pane at a time, as on a phone. Style sheets have the same limit; a
 * rem follows the font size that the user has chosen.
 */
export const isNarrow = media('(width < 48rem)');
/** True while the page is printed, or shown as it would be. */
export const isPrinted = media('print');

function media(query: string): ReadonlySignal<boolean> {
  const list = matchMedia(query);
  const matches = signal(list.matches);
  list.addEventListener('change', () => {
    matches.value = list.matches;
  });
  // Some browsers lay out the paper before they report the change.
  if (query === 'print') {
    addEventListener('beforeprint', () => {
      matches.value = true;
    });
    addEventListener('afterprint', () => {
      matches.value = false;
    });
  }
  return matches;
}
