import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { fileAddress, shareBrowser } from './rig.ts';

const { newTab, open } = shareBrowser();

test('text that is scrolled sideways goes under the line numbers', async () => {
  const playground = await open({ viewport: { width: 1280, height: 800 } });
  const gutter = playground.page.locator('.pane.rules .cm-gutters');
  const surface = await playground.page
    .locator('.pane.rules')
    .evaluate((pane) => getComputedStyle(pane).backgroundColor);
  expect(await gutter.evaluate((each) => getComputedStyle(each).backgroundColor)).toBe(surface);
  expect(await gutter.evaluate((each) => getComputedStyle(each).position)).toBe('sticky');
});

/** The contrast of a text with the background behind it, as WCAG counts it. */
function contrastOf(element: Locator): Promise<number> {
  return element.evaluate((start) => {
    const channels = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
    let behind = start as Element | null;
    const isClear = (color: string) => channels(color)[3] === 0;
    while (behind?.parentElement && isClear(getComputedStyle(behind).backgroundColor))
      behind = behind.parentElement;
    const luminance = (color: string) => {
      const [r = 0, g = 0, b = 0] = channels(color).map((value) => {
        const part = value / 255;
        return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const both = [
      luminance(getComputedStyle(start).color),
      luminance(getComputedStyle(behind ?? start).backgroundColor),
    ].sort((a, b) => b - a);
    return ((both[0] ?? 0) + 0.05) / ((both[1] ?? 0) + 0.05);
  });
}

test.each(['light', 'dark'] as const)(
  'the search panel is readable in the %s theme',
  async (colorScheme) => {
    const playground = await open({ colorScheme });
    const { page, rules } = playground;
    await rules.press('Control+f');
    const parts = page.locator('.cm-search :is(button, label, input[type=text], .cm-textfield)');
    await parts.first().waitFor();
    const image = (part: Locator) =>
      part.evaluate((each) => getComputedStyle(each).backgroundImage);
    for (const part of await parts.all()) {
      expect(await image(part)).toBe('none');
      expect(await contrastOf(part), await part.innerText()).toBeGreaterThan(4.5);
    }
  },
);

test.each(['light', 'dark'] as const)(
  'scroll bars can be seen in the %s theme, and are of it',
  async (colorScheme) => {
    const { page } = await open({ colorScheme });
    const list = page.locator('.list');
    const [thumb, track] = await list.evaluate((element) => {
      const { scrollbarColor } = getComputedStyle(element);
      return scrollbarColor.match(/rgba?\([^)]*\)/g) ?? [];
    });
    expect(track).toBe('rgba(0, 0, 0, 0)');
    await list.evaluate((element, color) => {
      element.style.color = color ?? '';
    }, thumb);
    expect(await contrastOf(list)).toBeGreaterThan(3);
  },
);

/** What a reader sees of an element, apart from its text. */
function looksOf(page: Page, selector: string): Promise<string> {
  return page
    .locator(selector)
    .first()
    .evaluate((element) => {
      const style = getComputedStyle(element);
      const marks = [style.backgroundColor, style.outlineStyle, style.textDecorationLine];
      return [...marks, style.color, style.borderTopWidth].join(' | ');
    });
}

describe('with forced colours', () => {
  test.each([
    ['the selected row', '.row[aria-selected=true]', '.row[aria-selected=false]'],
    ['the pressed filter', '.count[aria-pressed=true]', '.count.rewrite'],
    ['the view', '[role=tab][aria-selected=true]', '[role=tab][aria-selected=false]'],
    ['the deciding rule', '.rule-decided', '.cm-line:not(.rule-decided)'],
    ['a mistake', '.cm-lintRange', '.cm-line'],
  ])('%s looks different from the others', async (_, marked, other) => {
    const playground = await open({ forcedColors: 'active' });
    const { page } = playground;
    await page.locator(`.pane ${marked}`).first().waitFor();
    expect(await looksOf(page, marked)).not.toBe(await looksOf(page, other));
  });

  test('changes of a manifest look different from the rest, and from each other', async () => {
    const playground = await open({ forcedColors: 'active' });
    const { page } = playground;
    await page.getByLabel('Example').selectOption('ecr');
    await playground.choose('manifest');
    await page.locator('.added').first().waitFor();
    const looks = [];
    for (const selector of ['.added', '.removed', '.before-after .cm-line'])
      looks.push(await looksOf(page, selector));
    expect(new Set(looks).size).toBe(3);
  });
});

test('why a decision is made is not read out at each key', async () => {
  const playground = await open();
  const { page } = playground;
  expect(await page.locator('.why [aria-live], .why[aria-live], .why [role=status]').count()).toBe(
    0,
  );
  for (const name of ['Undo', 'Redo'])
    expect(await page.getByRole('button', { name }).count(), name).toBe(1);
});

test('on paper are the rules and all decisions, and no controls', async () => {
  const playground = await open();
  const { page, input } = playground;
  const images = Array.from({ length: 300 }, (_, n) => `quay.io/org/app-${n}:v${n}`);
  await playground.paste(input, images.join('\n'));
  await page.locator('.count', { hasText: '300 all' }).waitFor();
  await page.emulateMedia({ media: 'print' });
  await page.locator('.printed tr').nth(299).waitFor();
  const text = await page.locator('#app').innerText();
  for (const image of images) expect(text).toContain(`${image}\n`.trim());
  expect(text).toContain('to: ${mirror}/quay');
  expect(await page.locator(':is(button, select, input):visible').count()).toBe(0);
  await page.emulateMedia({ media: 'screen' });
  await page.locator('.printed').waitFor({ state: 'detached' });
});

test('a browser that is too old shows one sentence, and which ones are not', async () => {
  // What it does not know is asked for by another name.
  const page = readFileSync(fileURLToPath(fileAddress), 'utf8').replaceAll(
    '(color: light-dark(#000, #fff))',
    '(color: unknown-function(#000, #fff))',
  );
  const host = createServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' });
    response.end(page);
  });
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
  const { port } = host.address() as AddressInfo;
  const playground = await newTab();
  await playground.page.goto(`http://127.0.0.1:${port}/`);
  const text = (await playground.page.locator('body').innerText()).trim();
  expect(text).toMatch(/^This browser is too old .*Firefox 120.*\n.*Safari 17\.5/);
  expect(await playground.page.locator('#app').isVisible()).toBe(false);
  host.closeAllConnections();
  host.close();
});

test('a browser that is not too old does not show that sentence, and says its version', async () => {
  const playground = await open();
  const { page } = playground;
  expect(await page.locator('.old').isVisible()).toBe(false);
  expect(await page.locator('.version').innerText()).toMatch(/^image-detour \d+\.\d+\.\d+/);
});

test('the version leads to the project, which does not learn from where', async () => {
  const { page } = await open();
  const link = page.getByRole('link', { name: `image-detour ${packageJson.version}` });
  expect(await link.getAttribute('href')).toBe(packageJson.homepage);
  expect(await link.getAttribute('rel')).toBe('noreferrer');
  expect(await link.getAttribute('target')).toBe('_blank');
});
