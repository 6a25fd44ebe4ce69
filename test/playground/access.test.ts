import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launch, Playground } from './rig.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8');
let browser: Browser;
let playground: Playground;

beforeAll(async () => {
  browser = await launch();
  return () => browser.close();
});

afterEach(() => playground.close());

/** What axe finds, in a line each. */
async function violations(page: Page): Promise<string[]> {
  // As a developer's console would: the page's own policy lets no foreign script in.
  const options: RunOptions = { resultTypes: ['violations'] };
  const results = (await page.evaluate(
    `(async () => { ${axeSource}; return await axe.run(document, ${JSON.stringify(options)}); })()`,
  )) as AxeResults;
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
}

describe.each(['light', 'dark'] as const)('axe finds nothing in the %s theme', (colorScheme) => {
  test.each([390, 1280])('%i pixels wide', async (width) => {
    const viewport = { width, height: 900 };
    playground = await Playground.open(browser, { colorScheme, viewport });
    const { page, rules } = playground;
    await page.getByLabel('Example').selectOption('harbor');
    for (const tab of ['decisions', 'manifest', 'patch', 'targets', 'webhook']) {
      await playground.choose(tab);
      expect(await violations(page), tab).toEqual([]);
    }
    await rules.fill('version: 1\nrules:\n  - form: quay.io\n');
    await playground.choose('decisions');
    expect(await violations(page), 'with mistakes').toEqual([]);
  });
});

test('all is reached and done by the keyboard alone', async () => {
  playground = await Playground.open(browser, { viewport: { width: 1280, height: 900 } });
  const { page, why } = playground;
  const focused = () =>
    page.evaluate(() => {
      const { activeElement: element } = document;
      return `${element?.id || element?.getAttribute('aria-label') || element?.textContent}`;
    });
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('Skip to the results');
  await page.keyboard.press('Enter');
  expect(await focused()).toBe('results');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('tab-decisions');
  await page.keyboard.press('ArrowRight');
  expect(await focused()).toBe('tab-manifest');
  await page.getByText('No manifest yet').waitFor();
  await page.keyboard.press('Home');
  for (const filter of ['13 all', '10 rewritten', '3 kept']) {
    await page.keyboard.press('Tab');
    expect(await focused()).toBe(filter);
  }
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  expect(await why.innerText()).toContain('asia.gcr.io/my-project/app:v2');
  expect(await page.locator('[role=option][aria-selected=true]').innerText()).toContain(
    'asia.gcr.io',
  );
  // Out of an editor as well.
  await page.locator('.pane.rules .cm-content').focus();
  await page.keyboard.press('Tab');
  expect(await focused()).not.toContain('Rules file');
});

test('nothing moves while it loads, nor when another view is chosen', async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        shifts.push((entry as never as { value: number }).value);
    }).observe({ type: 'layout-shift', buffered: true });
  });
  playground = await Playground.open(context);
  await playground.page.waitForTimeout(300);
  const shifts = await playground.page.evaluate(
    () => (window as never as { shifts: number[] }).shifts,
  );
  expect(shifts.reduce((sum, value) => sum + value, 0)).toBe(0);
  const tabs = await playground.page.locator('.results > .tabs').boundingBox();
  await playground.choose('targets');
  expect(await playground.page.locator('.results > .tabs').boundingBox()).toEqual(tabs);
});

test('nothing is wider than a phone', async () => {
  playground = await Playground.open(browser, { viewport: { width: 360, height: 740 } });
  const { page } = playground;
  for (const tab of ['decisions', 'manifest', 'patch', 'targets', 'webhook']) {
    await playground.choose(tab);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), tab).toBe(360);
  }
});
