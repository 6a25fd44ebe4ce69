import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { findCut, sizeOf } from './layout.ts';
import { type Playground, shareBrowser } from './rig.ts';

const { open } = shareBrowser();

let playground: Playground;

const tabs = ['decisions', 'manifest', 'patch', 'targets', 'webhook'];
const phone = { width: 390, height: 844 };
/** Windows of laptops, with the bars of a browser, and screens. */
const windows = [
  [320, 640],
  [390, 844],
  [768, 1024],
  [1280, 600],
  [1366, 625],
  [1366, 657],
  [1920, 1080],
  [2560, 1440],
  [3840, 2160],
] as const;

async function openWith(fontSize: number): Promise<Page> {
  playground = await open();
  const { page } = playground;
  const session = await page.context().newCDPSession(page);
  await session.send('Page.enable');
  await session.send('Page.setFontSizes', { fontSizes: { standard: fontSize } });
  await page.getByLabel('Example').selectOption('airgapped');
  return page;
}

describe.each([16, 24])('with a font of %i px', (fontSize) => {
  test('nothing is cut or too small to read in any window', async () => {
    const page = await openWith(fontSize);
    for (const tab of tabs) {
      await playground.choose(tab);
      for (const [width, height] of windows) {
        await page.setViewportSize({ width, height });
        const where = `${tab} at ${width} × ${height}`;
        expect(await sizeOf(page), where).toEqual({ width, height });
        expect(await findCut(page), where).toEqual([]);
        if (tab !== 'targets' && tab !== 'webhook') continue;
        const output = await page.locator('.output .cm-editor').boundingBox();
        expect(output?.height, where).toBeGreaterThan(120);
      }
    }
  });

  test('rows do not overlap', async () => {
    const page = await openWith(fontSize);
    const overlaps = await page.evaluate(() => {
      const boxes = [...document.querySelectorAll('.row')].map((row) =>
        row.getBoundingClientRect(),
      );
      const inner = [...document.querySelectorAll('.row > span')].map((span) => {
        const [box, row] = [span, span.parentElement as Element].map((each) =>
          each.getBoundingClientRect(),
        );
        return box !== undefined && row !== undefined && box.bottom > row.bottom + 1;
      });
      const isBelow = boxes.every(
        ({ top }, n) => n === 0 || top >= (boxes[n - 1]?.bottom ?? 0) - 1,
      );
      return { isBelow, spills: inner.filter(Boolean).length };
    });
    expect(overlaps).toEqual({ isBelow: true, spills: 0 });
  });
});

describe('on a phone', () => {
  test('the results are first, and why a row is as it is opens under it', async () => {
    playground = await open({ viewport: phone, hasTouch: true });
    const { page, rows } = playground;
    expect((await rows.first().boundingBox())?.y).toBeLessThan(300);
    const why = page.locator('.why');
    expect(await why.count()).toBe(0);
    await rows.nth(2).tap();
    await why.getByText('Rules that match').waitFor();
    const row = await rows.nth(2).boundingBox();
    const details = await why.boundingBox();
    expect(details?.y).toBeCloseTo((row?.y ?? 0) + (row?.height ?? 0), 0);
    const next = await rows.nth(3).boundingBox();
    expect(next?.y).toBeGreaterThanOrEqual((details?.y ?? 0) + (details?.height ?? 0));
    await rows.nth(2).tap();
    await why.waitFor({ state: 'detached' });
  });

  test('under a row far down it opens there as well, and the list still scrolls to its end', async () => {
    playground = await open({ viewport: phone, hasTouch: true });
    const { page, input, rows } = playground;
    await page.getByRole('button', { name: 'Images or manifests' }).tap();
    const images = Array.from({ length: 1_000 }, (_, n) => `quay.io/org/app-${n}:v${n}`);
    await playground.paste(input, images.join('\n'));
    await page.getByRole('button', { name: 'Results', exact: true }).tap();
    await rows.first().tap();
    await page.locator('[role=listbox]').press('End');
    await rows.filter({ hasText: 'app-999:v999' }).first().tap();
    await rows.filter({ hasText: 'app-999:v999' }).first().tap();
    await page.locator('.why', { hasText: 'quay.io/org/app-999:v999' }).waitFor();
    expect(await rows.count()).toBeLessThan(40);
  });

  test.each(['en-US', 'zh-CN'])(
    'in %s the footer has two rows, with the link to the project',
    async (locale) => {
      playground = await open({ viewport: phone, locale });
      const { page } = playground;
      const tops = await page.locator('footer > :not(.gap)').evaluateAll((all) =>
        all.map((each) => {
          const { top, bottom } = each.getBoundingClientRect();
          return Math.round((top + bottom) / 2);
        }),
      );
      const [promise, keep, version, ...choices] = tops;
      expect(version).toBe(promise);
      for (const choice of choices) expect(Math.abs(choice - (keep ?? 0))).toBeLessThan(3);
    },
  );

  test('what is done with an output is in one row', async () => {
    playground = await open({ viewport: phone });
    const { page } = playground;
    await playground.choose('targets');
    await page.locator('.output .file-name').waitFor();
    const buttons = await page.locator('.output button').all();
    const boxes = await Promise.all(buttons.map((button) => button.boundingBox()));
    expect(new Set(boxes.map((box) => box?.y)).size).toBe(1);
  });

  test('nothing scrolls within something that scrolls', async () => {
    playground = await open({ viewport: phone });
    const { page } = playground;
    await playground.rows.nth(1).click();
    for (const pane of ['Results', 'Rules', 'Images or manifests']) {
      await page.getByRole('button', { name: pane, exact: true }).click();
      const nested = await page.evaluate(() => {
        const scrolls = (element: Element) =>
          element.checkVisibility() &&
          element.scrollHeight > element.clientHeight + 1 &&
          ['auto', 'scroll'].includes(getComputedStyle(element).overflowY);
        const all = [...document.querySelectorAll('*')].filter(scrolls);
        return all
          .filter((element) => all.some((other) => other !== element && other.contains(element)))
          .map(({ className }) => className);
      });
      expect(nested, pane).toEqual([]);
    }
  });
});

test('the rest of a long line of a manifest is not where keys are', async () => {
  playground = await open({ viewport: { width: 1280, height: 600 } });
  const { page } = playground;
  await page.getByLabel('Example').selectOption('ecr');
  await playground.choose('manifest');
  const line = page.locator('.before-after .cm-line', { hasText: 'shop-migrate' }).last();
  const starts = await line.evaluate((element) => {
    const text = document.createRange();
    text.selectNodeContents(element);
    const first = element.parentElement?.querySelector('.cm-line span');
    const lefts = [...text.getClientRects()].map(({ left }) => left);
    return { rest: Math.min(...lefts.slice(1)), key: first?.getBoundingClientRect().left ?? 0 };
  });
  expect(starts.rest).toBeGreaterThan(starts.key + 16);
});
