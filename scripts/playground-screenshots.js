/**
 * Takes pictures of the playground, to be looked at: each width, theme and language, and each view.
 * They go into `screenshots/`, which git ignores; with --readme, the two of the README into
 * docs/images. Needs Chromium ($CHROMIUM, else /usr/bin/chromium).
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'screenshots');
mkdirSync(folder, { recursive: true });
const page = pathToFileURL(join(root, 'dist', 'playground', 'index.html')).href;
const sizes = { 390: 844, 1280: 800, 1920: 1080 };

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
if (process.argv.includes('--readme')) {
  for (const colorScheme of ['light', 'dark']) await photographForReadme(colorScheme);
} else {
  for (const [width, height] of Object.entries(sizes)) {
    for (const colorScheme of ['light', 'dark']) {
      for (const locale of ['en-US', 'zh-CN']) {
        const name = `${width}-${colorScheme}-${locale.slice(0, 2)}`;
        await photograph(name, { viewport: { width: Number(width), height }, colorScheme, locale });
      }
    }
  }
}
await browser.close();

async function photographForReadme(colorScheme) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    deviceScaleFactor: 1.5,
    colorScheme,
    locale: 'en-US',
  });
  const tab = await context.newPage();
  await tab.goto(page);
  await tab.locator('.row').nth(1).click();
  await tab.waitForTimeout(500);
  await tab.screenshot({ path: join(root, 'docs', 'images', `playground-${colorScheme}.png`) });
  await context.close();
}

async function photograph(name, options) {
  const context = await browser.newContext(options);
  const tab = await context.newPage();
  const save = (view) =>
    tab.screenshot({ path: join(folder, `${name}-${view}.png`), fullPage: true });
  await tab.goto(page);
  await tab.locator('.pane.input .cm-content').waitFor();
  await tab.locator('.row').nth(1).click();
  await tab.waitForTimeout(200);
  await save('decisions');
  await tab.locator('header select').first().selectOption('ecr');
  for (const view of ['manifest', 'patch', 'targets', 'webhook']) {
    await tab.locator(`#tab-${view}`).click();
    await tab.waitForTimeout(100);
    await save(view);
  }
  await context.close();
}
