import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  formatHtmlReport,
  readReportPage,
} from '../../src/cli/commands/sync/report/html-report.ts';
import { saveFile } from '../../src/cli/commands/sync/saved-file.ts';
import type { Unlisted } from '../../src/mirror/find-unlisted.ts';
import { hostile, sampleReport, sampleUnlisted } from '../support/sample-report.ts';
import { violations } from './axe.ts';
import { shareBrowser } from './rig.ts';

const { newContext } = shareBrowser();

/*
 * The page that `detour sync --report FILE.html` writes.
 */

const folder = mkdtempSync(join(tmpdir(), 'detour-report-'));
let page: Page;
let faults: string[];

async function write(
  name: string,
  count: number,
  unlisted?: Unlisted,
  isExport = false,
): Promise<void> {
  const frame = await readReportPage();
  const report = { ...sampleReport(count, unlisted), isExport };
  await saveFile(join(folder, name), () => formatHtmlReport(frame, report));
}

async function open(options: BrowserContextOptions = {}, name = 'small.html'): Promise<Page> {
  const context = await newContext({ locale: 'en-US', ...options });
  page = await context.newPage();
  faults = [];
  page.on('console', (message) => faults.push(message.text()));
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    if (!request.isNavigationRequest() && !request.url().startsWith('data:'))
      faults.push(`request to ${request.url()}`);
  });
  await page.goto(pathToFileURL(join(folder, name)).href);
  return page;
}

const rows = () => page.locator('tbody tr');
const range = () => page.locator('.range').innerText();
const names = async () => (await page.locator('.origin').allInnerTexts()).slice(0, 3);

beforeAll(async () => {
  await write('small.html', 2_000);
  await write('large.html', 74_212);
  await write('unlisted.html', 40, sampleUnlisted);
  await write('export.html', 2_000, undefined, true);
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  await page?.close();
  expect(faults ?? []).toEqual([]);
});

test('the frame takes at most 30 kB, and its policy names its one script and its one style', async () => {
  const frame = await readReportPage();
  expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(30_000);
  const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(frame) ?? [];
  for (const name of ['script', 'style']) {
    const [[, text = ''] = [], ...others] = frame.matchAll(
      new RegExp(`<${name}>(.*?)</${name}>`, 'gs'),
    );
    expect(others).toEqual([]);
    const hash = createHash('sha256').update(text).digest('base64');
    expect(policy).toContain(`; ${name}-src 'sha256-${hash}';`);
  }
  expect(policy).toMatch(/^default-src 'none';/);
  expect(policy).toContain("require-trusted-types-for 'script'; trusted-types 'none'");
});

test('texts of registries and lists stay texts', async () => {
  await open();
  await page.getByRole('button', { name: /Failed/ }).click();
  expect(await page.locator('.message').first().innerText()).toContain(hostile);
  await page.getByRole('button', { name: /No place/ }).click();
  expect(await names()).toEqual([`unknown.example.com/${hostile}`]);
  expect(await page.evaluate('window.taken')).toBeUndefined();
  expect(await page.locator('img').count()).toBe(0);
});

test('shows what the mirror holds that no list names', async () => {
  await open({}, 'unlisted.html');
  const section = page.locator('section.unlisted');
  expect(await section.locator('p').allInnerTexts()).toEqual([
    'No list names 8 tags in 2 of 40 repositories. Nothing was deleted.',
    expect.stringContaining(hostile),
    '',
  ]);
  const shown = section.locator('tbody tr');
  expect(await shown.last().innerText()).toMatch(/^mirror\.example\.com\/redis\s+1\s+6\.0$/);
  await section.getByText('1, 2, 3, 4, 5, …').click();
  expect(await shown.first().innerText()).toContain(`6, ${hostile}`);
  expect(await page.evaluate('window.taken')).toBeUndefined();
  for (const width of [320, 1_280]) {
    await page.setViewportSize({ width, height: 800 });
    expect(await violations(page)).toEqual([]);
  }
  await open();
  expect(await page.locator('section.unlisted').count()).toBe(0);
});

test('says what became of the run, and what of each image', async () => {
  await open();
  expect(await page.locator('.verdict').innerText()).toBe(
    '101 of 2,001 listed images are not at the mirror.',
  );
  expect(await page.locator('.filter').allInnerTexts()).toEqual([
    '2,002\nAll',
    '50\nFailed',
    '50\nDeferred',
    '1\nNo place',
    expect.stringMatching(/^100\nCopied\n.* uploaded, .* mounted$/),
    '1,800\nPresent',
    '1\nLeft out',
  ]);
  // What needs a look comes first.
  expect(await rows().first().innerText()).toMatch(/^Failed\s/);
  expect(await rows().first().innerText()).toContain('listed in required-images.txt:4');
});

test('the report of an export says what is exported, also without scripts', async () => {
  await open({}, 'export.html');
  const verdict = () => page.locator('.verdict').innerText();
  expect(await verdict()).toBe('101 of 2,001 listed images are not exported.');
  const written = readFileSync(join(folder, 'export.html'), 'utf8');
  expect(written).toContain('<caption>Not exported</caption>');
  await page.close();
  await open({ locale: 'zh-CN' }, 'export.html');
  expect(await verdict()).toBe('清单共 2,001 个镜像，101 个未导出。');
});

describe('with 74,212 images', () => {
  test('searches, filters, sorts and turns pages, and shows a hundred rows at a time', async () => {
    await open({}, 'large.html');
    expect(await range()).toBe('1–100 of 74,214');
    expect(await rows().count()).toBe(100);
    await page.getByLabel('Search').fill('Component-77 v1.3.0');
    await expect.poll(range).toBe('1–11 of 11');
    await page.getByLabel('Search').fill('no such image');
    expect(await page.locator('.none').isVisible()).toBe(true);
    await page.getByLabel('Search').fill('');
    await page.getByRole('button', { name: /Copied/ }).click();
    await expect.poll(range).toBe('1–100 of 3,712');
    await page.getByRole('button', { name: 'Uploaded', exact: true }).click();
    expect(await page.locator('th.uploaded').getAttribute('aria-sort')).toBe('descending');
    expect(await rows().first().locator('td.uploaded').innerText()).toContain('83 MiB');
    await page.getByRole('button', { name: 'Uploaded', exact: true }).click();
    expect(await page.locator('th.uploaded').getAttribute('aria-sort')).toBe('ascending');
    expect(await rows().first().locator('td.uploaded').innerText()).toContain('2.0 KiB');
    await page.getByRole('button', { name: 'Next page' }).click();
    expect(await range()).toBe('101–200 of 3,712');
    await page.getByRole('button', { name: 'Previous page' }).click();
    expect(await range()).toBe('1–100 of 3,712');
  });

  test('each step takes less than two seconds, also on a busy machine', async () => {
    await open({}, 'large.html');
    const measure = async (step: () => void) => await page.evaluate(step);
    const times = [
      await measure(timed(`document.querySelector('.filter.present').click()`)),
      await measure(timed(`document.querySelector('th.name button').click()`)),
      await measure(timed(`document.querySelector('th.milliseconds button').click()`)),
    ];
    expect(Math.max(...(times as unknown as number[]))).toBeLessThan(2_000);
  });
});

/** Returns a script that takes the time of another, in milliseconds. */
function timed(script: string): never {
  return `(() => { const begun = performance.now(); ${script}; return performance.now() - begun; })()` as never;
}

test('digests and names are copied', async () => {
  await open({ permissions: ['clipboard-read', 'clipboard-write'] });
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await page.locator('td.digest button').first().click();
  await page.getByText('Copied to the clipboard').waitFor();
  expect(await clipboard()).toMatch(/^sha256:[0-9a-f]{64}$/);
  await page.getByRole('button', { name: /Failed/ }).click();
  await page.getByRole('button', { name: 'Copy names' }).click();
  await expect.poll(async () => (await clipboard()).trim().split('\n').length).toBe(50);
  expect(await clipboard()).toMatch(/^docker\.io\/organization-0\/component-0:v1\.3\.0\n/);
});

test('speaks Chinese to a browser that does', async () => {
  await open({ locale: 'zh-CN' });
  expect(await page.locator('.verdict').innerText()).toBe(
    '清单共 2,001 个镜像，101 个不在镜像站。',
  );
  expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
  await page.getByRole('button', { name: '失败' }).waitFor();
});

test('shows the summary and the failures without JavaScript', async () => {
  await open({ javaScriptEnabled: false });
  const text = await page.locator('noscript').innerText();
  expect(text).toMatch(/2000 images in 3 min: 100 copied/);
  expect(text).toContain(`MANIFEST_UNKNOWN: ${hostile}`);
  expect(text).toContain('docker.io allows no more pulls now');
  expect(text).toContain('no rule matches it');
  expect(await page.locator('noscript tr').count()).toBe(102);
});

test('prints all that was copied and all that was not, whatever is shown', async () => {
  await open();
  await page.getByRole('button', { name: /Present/ }).click();
  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  expect(await rows().count()).toBe(201);
  expect(await page.locator('.bar').isVisible()).toBe(false);
  expect(await page.locator('td.state', { hasText: 'Present' }).count()).toBe(0);
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  expect(await rows().count()).toBe(100);
});

test('prints 1,000 rows at most, those that need a look first, and how many more there are', async () => {
  await open({}, 'large.html');
  await page.getByRole('button', { name: 'Image', exact: true }).click();
  await page.emulateMedia({ media: 'print' });
  const more = page.locator('.not-on-paper');
  expect(await more.isVisible()).toBe(false);
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  expect(await rows().count()).toBe(1_000);
  expect(await page.locator('td.state', { hasText: 'Failed' }).count()).toBe(1_000);
  // 1,856 failed, 1,856 were deferred, 3,712 were copied, and one has no place.
  expect(await more.innerText()).toBe(
    '6,425 more images are only in the file itself: open it in a browser.',
  );
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  expect(await more.isVisible()).toBe(false);
  expect(await rows().count()).toBe(100);
});

describe.each(['light', 'dark'] as const)('axe finds nothing in the %s theme', (colorScheme) => {
  test.each([390, 1280])('%i pixels wide', async (width) => {
    await open({ colorScheme, viewport: { width, height: 900 } });
    for (const name of [/All/, /Copied/]) {
      await page.getByRole('button', { name }).first().click();
      expect(await violations(page), String(name)).toEqual([]);
    }
  });
});

test('scroll bars are of the theme', async () => {
  await open({ colorScheme: 'dark' });
  const root = page.locator('html');
  const colors = await root.evaluate((element) => getComputedStyle(element).scrollbarColor);
  expect(colors).not.toBe('auto');
});

test('all is reached and done by the keyboard alone, and it stays a table on a phone', async () => {
  await open({ viewport: { width: 360, height: 740 } });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');
  const tabTo = async (text: RegExp) => {
    for (let step = 0; step < 20; step++) {
      await page.keyboard.press('Tab');
      if (text.test(await focused())) return;
    }
    throw new Error(`${text} has no focus`);
  };
  await tabTo(/Copied/);
  await page.keyboard.press('Enter');
  expect(await range()).toBe('1–100 of 100');
  await tabTo(/Time/);
  await page.keyboard.press('Enter');
  await page.getByRole('columnheader', { name: 'Time' }).waitFor();
  expect(await page.locator('th.milliseconds').getAttribute('aria-sort')).toBe('descending');
  expect(await page.getByRole('row').count()).toBe(101);
  expect(await page.getByRole('cell').first().innerText()).toBe('Copied');
});
