/**
 * Takes pictures of the playground, to be looked at: each width, theme and language, and each view.
 * They go into `screenshots/`, which git ignores; with --readme, those of README.md and
 * README.zh-CN.md go into docs/images. Needs Chromium ($CHROMIUM, else /usr/bin/chromium).
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'screenshots');
mkdirSync(folder, { recursive: true });
const page = pathToFileURL(join(root, 'dist', 'playground', 'index.html')).href;
const sizes = {
  390: 844,
  768: 1024,
  1280: 600,
  1366: 625,
  1920: 1080,
};

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
if (process.argv.includes('--readme')) {
  for (const colorScheme of ['light', 'dark']) {
    for (const locale of ['en-US', 'zh-CN']) await photographForReadme(colorScheme, locale);
  }
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

/** GitHub shows a README 830 pixels wide: a window that is not much wider can be read there. */
async function photographForReadme(colorScheme, locale) {
  const context = await browser.newContext({
    viewport: { width: 1000, height: 640 },
    deviceScaleFactor: 1.66,
    colorScheme,
    locale,
  });
  const tab = await context.newPage();
  await tab.goto(page);
  await tab.locator('.row').nth(1).click();
  await tab.waitForTimeout(500);
  await tab.screenshot({
    path: join(
      root,
      'docs',
      'images',
      `playground${locale === 'zh-CN' ? '.zh' : ''}-${colorScheme}.png`,
    ),
  });
  await context.close();
}

async function photograph(name, options) {
  const context = await browser.newContext(options);
  const tab = await context.newPage();
  const save = (view) =>
    tab.screenshot({ path: join(folder, `${name}-${view}.png`), fullPage: true });
  await tab.goto(page);
  // A narrow window has its editors, but shows one pane at a time.
  await tab.locator('.pane.input .cm-content').waitFor({ state: 'attached' });
  await tab.locator('.row').nth(1).click();
  await tab.waitForTimeout(200);
  await save('decisions');
  await tab.locator('header select').first().selectOption('ecr');
  for (const view of ['manifest', 'patch', 'targets', 'webhook']) {
    await tab.locator(`#tab-${view}`).click();
    await tab.waitForTimeout(100);
    await save(view);
  }
  const [, ...others] = await tab.locator('.pane-choice button:visible').all();
  for (const [number, choice] of others.entries()) {
    const pane = number === 0 ? 'rules' : 'input';
    await choice.click();
    await tab.waitForTimeout(100);
    await save(pane);
  }
  await context.close();
}
