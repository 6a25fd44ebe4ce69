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
import { afterEach, beforeAll, expect } from 'vitest';

const built = join(import.meta.dirname, '../../dist/playground/index.html');
/** Names the page as it is opened from a disk. */
export const fileAddress = pathToFileURL(built).href;

/** Launches the system's Chromium. */
function launch(): Promise<Browser> {
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

interface OpenOptions extends BrowserContextOptions {
  readonly address?: string;
  /** Where the tab is opened; by default, in a context of its own. */
  readonly context?: BrowserContext;
}

/** SharedBrowser opens tabs and contexts, which are closed after the test that opened them. */
interface SharedBrowser {
  newContext(options?: BrowserContextOptions): Promise<BrowserContext>;
  /** Opens an empty tab for the playground. */
  newTab(options?: OpenOptions): Promise<Playground>;
  /** Opens the playground. */
  open(options?: OpenOptions): Promise<Playground>;
}

/** Has the tests of a file share one browser. */
export function shareBrowser(): SharedBrowser {
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  const tabs: Playground[] = [];

  beforeAll(async () => {
    browser = await launch();
    return () => browser.close();
  });
  afterEach(async () => {
    const opened = tabs.splice(0);
    for (const context of contexts.splice(0)) await context.close();
    for (const tab of opened) await tab.close();
  });

  async function newContext(options?: BrowserContextOptions): Promise<BrowserContext> {
    const context = await browser.newContext(options);
    contexts.push(context);
    return context;
  }

  async function newTab({ context, address: _, ...options }: OpenOptions = {}) {
    const tab = new Playground(await (context ?? (await newContext(options))).newPage());
    tabs.push(tab);
    return tab;
  }

  async function open(options: OpenOptions = {}): Promise<Playground> {
    const tab = await newTab(options);
    await tab.page.goto(options.address ?? fileAddress);
    await tab.rows.first().waitFor();
    return tab;
  }
  return { newContext, newTab, open };
}
