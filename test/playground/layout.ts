import type { Page } from 'playwright-core';

/** Returns the size of all that there is to scroll. */
export function sizeOf(page: Page): Promise<object> {
  return page.evaluate(() => {
    const { scrollWidth: width, scrollHeight: height } = document.documentElement;
    return { width, height };
  });
}

/** Returns the controls and titles that reach beyond their pane or are squeezed to nothing. */
export function findCut(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const shown = (element: Element) =>
      element.checkVisibility() &&
      element.textContent !== '' &&
      // What scrolls shows the rest; what is for screen readers is meant to be unseen.
      !element.closest(
        '.cm-editor, .list, .skip, .unseen, .trace, .problems, .patches, .tabs, .targets, .webhook',
      );
    const isCut = (element: Element) => {
      const { width, left, right, bottom } = element.getBoundingClientRect();
      const pane = (element.closest('.pane') ?? document.body).getBoundingClientRect();
      return width < 8 || left < pane.left || right > pane.right + 1 || bottom > pane.bottom + 1;
    };
    return [...document.querySelectorAll('button, select, h1, h2, .hint, .file-name, .tagline')]
      .filter((element) => shown(element) && isCut(element))
      .map(({ tagName, textContent }) => `${tagName} ${textContent?.slice(0, 30)}`);
  });
}
