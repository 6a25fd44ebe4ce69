import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { en } from '../../playground/messages/en.ts';
import { zh } from '../../playground/messages/zh.ts';
import { violations } from '../playground/axe.ts';
import { findCut, sizeOf } from '../playground/layout.ts';
import { fileAddress, Playground } from '../playground/rig.ts';
import { type Served, servePlayground } from '../playground/serve.ts';
import { launchFirefox } from './browser.ts';

const pictures = join(import.meta.dirname, '../../screenshots/firefox');
const folder = mkdtempSync(join(tmpdir(), 'firefox-'));
const tabs = ['decisions', 'manifest', 'patch', 'targets', 'webhook'];
const windows = [
  { width: 390, height: 844 },
  { width: 1280, height: 600 },
  { width: 1920, height: 1080 },
];
const languages = [
  ['en-US', en],
  ['zh-CN', zh],
] as const;
const patient = { timeout: 30_000 };

let served: Served;

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true });
  served = await servePlayground(folder);
});
afterAll(async () => {
  await served?.server.stop('SIGTERM');
  rmSync(folder, { recursive: true });
});

describe.each(['light', 'dark'] as const)('in the %s theme', (colorScheme) => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchFirefox(colorScheme);
    return () => browser.close();
  });

  async function open(locale: string, address: string): Promise<Playground> {
    const context = await browser.newContext({ locale, viewport: windows[1] ?? null });
    const playground = new Playground(await context.newPage());
    await playground.page.goto(address);
    await playground.rows.first().waitFor();
    return playground;
  }

  describe.each(languages)('in %s', (locale, texts) => {
    test('nothing is cut, too wide or inaccessible in any view and window', async () => {
      const playground = await open(locale, fileAddress);
      const { page } = playground;
      const isDark = await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);
      expect(isDark).toBe(colorScheme === 'dark');
      await playground.rows.nth(1).click();
      for (const tab of tabs) {
        await playground.choose(tab);
        for (const size of windows) {
          await page.setViewportSize(size);
          const name = `${size.width}-${colorScheme}-${locale.slice(0, 2)}-${tab}`;
          await page.screenshot({ path: join(pictures, `${name}.png`) });
          expect(await sizeOf(page), name).toEqual(size);
          expect(await findCut(page), name).toEqual([]);
          expect(await violations(page), name).toEqual([]);
        }
        if (tab === 'decisions') await page.locator('header select').first().selectOption('ecr');
      }
      await playground.close();
    });

    test.each(['a file', 'served'])('%s: it decides, undoes and shares', async (kind) => {
      const address = kind === 'served' ? served.address : fileAddress;
      const playground = await open(locale, address);
      const { page, rules, rows } = playground;
      const first = rows.first();
      expect(await first.textContent()).toContain('/gcr/google_containers/coredns:1.3.1');
      await rules.press('Control+End');
      await rules.pressSequentially('  - {from: k8s.gcr.io/coredns, to: mine.example/k8s}');
      await expect.poll(() => first.textContent(), patient).toContain('mine.example/k8s:1.3.1');

      await page.getByRole('button', { name: texts.share }).click();
      await page.waitForURL(/#1\./);
      const opened = await open(locale, page.url());
      expect(await opened.rules.innerText()).toBe(await rules.innerText());
      expect(await opened.rows.allInnerTexts()).toEqual(await rows.allInnerTexts());
      await opened.close();

      // A pause between two keys, as on a busy machine, makes a step of its own.
      const undo = page.getByRole('button', { name: texts.undo });
      while (await undo.isEnabled()) await undo.click();
      await expect.poll(() => first.textContent(), patient).toContain('/gcr/google_containers/');
      await playground.close();
    });

    test('the tabs are reached and changed by keyboard', async () => {
      const playground = await open(locale, fileAddress);
      const { page } = playground;
      const focused = () => page.evaluate(() => document.activeElement?.id);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      expect(await focused()).toBe('results');
      await page.keyboard.press('Tab');
      for (const tab of tabs) {
        expect(await focused()).toBe(`tab-${tab}`);
        const chosen = page.locator('.results > .tabs [aria-selected=true]').first();
        expect(await chosen.getAttribute('id')).toBe(`tab-${tab}`);
        await page.keyboard.press('ArrowRight');
      }
      await playground.close();
    });
  });

  test('requests and errors would be noticed', async () => {
    const playground = new Playground(await browser.newPage());
    const { page, faults } = playground;
    const picture = `${served.address}picture.png`;
    await page.setContent(`<img src="${picture}">`);
    await expect.poll(() => faults, patient).toContain(`request to ${picture}`);
    await page.evaluate(() => console.error('an error'));
    await expect.poll(() => faults, patient).toContain('an error');
    await page.close();
  });
});
