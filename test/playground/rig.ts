import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from 'playwright-core';
import { expect } from 'vitest';

const built = join(import.meta.dirname, '../../dist/playground/index.html');
/** Names the page as it is opened from a disk. */
export const fileAddress = pathToFileURL(built).href;

/** Launches the system's Chromium. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

/** Playground is a tab with the playground in it, which records all that the page must not do. */
export class Playground {
  readonly page: Page;
  /** Errors of the console, and requests after the page itself. */
  readonly faults: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        this.faults.push(message.text());
    });
    page.on('pageerror', (error) => this.faults.push(String(error)));
    page.on('request', (request) => {
      const url = request.url();
      const isOfPage = url.startsWith('data:') || url.startsWith('blob:');
      if (!isOfPage && !request.isNavigationRequest()) this.faults.push(`request to ${url}`);
    });
  }

  static async open(
    where: Browser | BrowserContext,
    { address = fileAddress, ...options }: BrowserContextOptions & { address?: string } = {},
  ): Promise<Playground> {
    const context = 'newContext' in where ? await where.newContext(options) : where;
    const playground = new Playground(await context.newPage());
    await playground.page.goto(address);
    await playground.rows.first().waitFor();
    return playground;
  }

  get rows(): Locator {
    return this.page.locator('[role=option]');
  }

  get rules(): Locator {
    return this.page.locator('.pane.rules .cm-content').first();
  }

  get input(): Locator {
    return this.page.locator('.pane.input .cm-content').first();
  }

  get why(): Locator {
    return this.page.locator('.why');
  }

  /**
   * Replaces what stands in an editor, as Ctrl-A and Ctrl-V do: for more than `fill` takes in a
   * reasonable time.
   */
  async paste(editor: Locator, text: string): Promise<void> {
    await editor.press('Control+a');
    await editor.evaluate((element, pasted) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', pasted);
      const init = { clipboardData, bubbles: true, cancelable: true };
      element.dispatchEvent(new ClipboardEvent('paste', init));
    }, text);
  }

  /** Shows a part of the page where only one fits, as on a phone. */
  async show(pane: 'Results' | 'Rules' | 'Images or manifests'): Promise<void> {
    const button = this.page.locator('.pane-choice').getByRole('button', { name: pane });
    if (await button.isVisible()) await button.click();
  }

  async choose(tab: string): Promise<void> {
    await this.page.locator(`#tab-${tab}`).click();
  }

  /** Closes the tab, and fails where the page did what it must not. */
  async close(): Promise<void> {
    await this.page.close();
    expect(this.faults).toEqual([]);
  }
}
