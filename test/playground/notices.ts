import type { BrowserContext, Page } from 'playwright-core';

/**
 * Has the pages of a context record each notice that they show: a notice is there for seconds only,
 * and a busy machine would look too late.
 */
export async function recordNotices(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const notices = new Set<string>();
    Object.assign(window, { notices });
    new MutationObserver(() => {
      const text = document.querySelector('.notice')?.textContent;
      if (text) notices.add(text);
    }).observe(document, { childList: true, subtree: true, characterData: true });
  });
}

/** Returns the notices that a page has shown. */
export function noticesOf(page: Page): Promise<string[]> {
  return page.evaluate(() => [...(window as never as Record<'notices', Set<string>>).notices]);
}
