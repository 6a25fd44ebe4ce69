import { describe, expect, test } from 'vitest';
import { violations } from './axe.ts';
import { shareBrowser } from './rig.ts';

const { newContext, open } = shareBrowser();

describe.each([
  ['light', 'none'],
  ['dark', 'none'],
  ['dark', 'active'],
] as const)('axe finds nothing in the %s theme, forced colours %s', (colorScheme, forcedColors) => {
  // Eight runs of axe, each of which takes seconds on a busy machine.
  test.each([390, 1280])('%i pixels wide', { timeout: 180_000 }, async (width) => {
    const viewport = { width, height: 900 };
    const playground = await open({ colorScheme, forcedColors, viewport });
    const { page, rules } = playground;
    await page.getByLabel('Example').selectOption('harbor');
    for (const tab of ['decisions', 'manifest', 'patch', 'targets', 'webhook']) {
      await playground.choose(tab);
      expect(await violations(page), tab).toEqual([]);
    }
    await playground.show('Rules');
    await rules.fill('version: 1\nrules:\n  - form: quay.io\n');
    await rules.press('Control+f');
    await page.locator('.cm-search').waitFor();
    expect(await violations(page), 'with mistakes and a search').toEqual([]);
    await playground.show('Images or manifests');
    expect(await violations(page), 'the manifest').toEqual([]);
    await playground.show('Results');
    await playground.choose('decisions');
    await playground.rows.nth(1).click();
    expect(await violations(page), 'an image and why').toEqual([]);
  });
});

test('all is reached and done by the keyboard alone', async () => {
  const playground = await open({ viewport: { width: 1280, height: 900 } });
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
  const context = await newContext({ viewport: { width: 1280, height: 800 } });
  await context.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        shifts.push((entry as never as { value: number }).value);
    }).observe({ type: 'layout-shift', buffered: true });
  });
  const playground = await open({ context });
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
  const playground = await open({ viewport: { width: 360, height: 740 } });
  const { page } = playground;
  for (const tab of ['decisions', 'manifest', 'patch', 'targets', 'webhook']) {
    await playground.choose(tab);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), tab).toBe(360);
  }
});
