import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { defaultRulesText } from '../../src/rules/default.ts';
import { noticesOf, recordNotices } from './notices.ts';
import { fileAddress, shareBrowser } from './rig.ts';

const { newContext, newTab, open } = shareBrowser();

const password = 'aHVudGVyMg-secret';
const secret = `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: ${password}}\n`;
const keep = 'Remember my work';
let context: BrowserContext;

beforeEach(async () => {
  context = await newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  await recordNotices(context);
});

/** Waits until the page has shown a notice with a text. */
async function hasSaid(page: Page, text: string): Promise<void> {
  const notices = expect.poll(() => noticesOf(page), { timeout: 30_000 });
  await notices.toContainEqual(expect.stringContaining(text));
}

/** All that a browser keeps of a page. */
function traces(page: Page): Promise<object> {
  return page.evaluate(async () => ({
    hash: location.hash,
    search: location.search,
    history: [history.length, history.state],
    title: document.title,
    local: { ...localStorage },
    session: { ...sessionStorage },
    cookie: document.cookie,
    databases: (await indexedDB.databases?.()) ?? [],
  }));
}

function readClipboard(page: Page): Promise<string> {
  return page.evaluate(() => navigator.clipboard.readText());
}

test('nothing of the work is in the address, the history or the storage, whatever is done', async () => {
  const playground = await open({ context });
  const { page, rules, input, rows } = playground;
  const before = await traces(page);
  const actions: Record<string, () => Promise<unknown>> = {
    'an example': () => page.getByLabel('Example').selectOption('ecr'),
    'typed rules': () => rules.fill(defaultRulesText),
    'typed images': () => input.fill('quay.io/secret/app:1\nbusybox\n'),
    'a namespace': () => page.getByLabel('Namespace').fill('secret'),
    'a selected image': () => rows.nth(1).click(),
    'a filter': () => page.locator('.count.rewrite').click(),
    'a pasted Secret': () => playground.paste(input, secret),
    'the manifest': () => playground.choose('manifest'),
    'a target': async () => {
      await playground.choose('targets');
      await page.getByRole('combobox', { name: 'Target', exact: true }).selectOption('containerd');
    },
    'an address': async () => {
      await playground.choose('webhook');
      await page.getByLabel('URL of the webhook').fill('https://secret.example');
    },
    undo: () => page.getByRole('button', { name: 'Undo' }).click(),
    reset: () => page.getByRole('button', { name: 'Reset' }).click(),
  };
  for (const [name, act] of Object.entries(actions)) {
    await act();
    await page.waitForTimeout(600);
    expect(await traces(page), name).toEqual(before);
  }
});

test('the address is written when a link is copied, and holds what was on the page', async () => {
  const playground = await open({ context });
  const { page, input } = playground;
  await playground.paste(input, secret);
  await page.getByRole('button', { name: 'Copy link' }).click();
  await hasSaid(page, 'copied');
  const { hash } = (await traces(page)) as { hash: string };
  expect(hash).toMatch(/^#1\./);
  await page.reload();
  await input.getByText(password).waitFor();
});

test('what is kept in the browser is kept only while that is asked for', async () => {
  const playground = await open({ context });
  const { page, input } = playground;
  await input.fill('quay.io/mine/app:1\n');
  await page.getByLabel(keep).check();
  await page.waitForFunction(() => localStorage.getItem('image-detour.work')?.includes('mine/app'));
  await page.reload();
  await input.getByText('quay.io/mine/app:1').waitFor();
  expect(await page.evaluate(() => location.hash)).toBe('');
  await page.getByLabel(keep).uncheck();
  expect(await page.evaluate(() => localStorage.getItem('image-detour.work'))).toBe(null);
  await page.reload();
  await input.getByText('busybox').first().waitFor();
  expect(await input.innerText()).not.toContain('mine');
});

test('work that the browser has no room for is reported, and an older copy is not kept', async () => {
  const playground = await open({ context });
  const { page, input } = playground;
  await page.getByLabel(keep).check();
  await input.fill('quay.io/mine/app:1\n');
  await page.waitForFunction(() => localStorage.getItem('image-detour.work') !== null);
  await page.evaluate(() => localStorage.setItem('full', 'x'.repeat(5_200_000)));
  const images = Array.from({ length: 25_000 }, (_, n) => `quay.io/org/app-${n}:v${n}`);
  await playground.paste(input, images.join('\n'));
  await hasSaid(page, 'cannot store that much');
  expect(await page.evaluate(() => localStorage.getItem('image-detour.work'))).toBe(null);
  // All of them are decided, and none is dropped from a link without a word.
  await page.locator('.count', { hasText: '25,000 all' }).waitFor();
  const noise = images.map((image) => `${image}-${Math.random().toString(36)}`);
  await playground.paste(input, noise.join('\n'));
  await page.getByRole('button', { name: 'Copy link' }).click();
  await hasSaid(page, 'Too long for a link');
});

describe('a link', () => {
  test('brings back all that was chosen', async () => {
    const playground = await open({ context });
    const { page, input, rows } = playground;
    await input.fill('docker.elastic.co/a\ndocker.elastic.co/b\nquay.io/c\n');
    await page.getByLabel('Namespace').fill('team');
    await page.locator('.count.keep').click();
    await rows.nth(1).click();
    await playground.choose('webhook');
    await page.getByLabel('URL of the webhook').fill('https://hook.example/mutate');
    await page.getByLabel('Kubernetes').selectOption('1.30');
    await page.getByLabel('If it cannot be reached').selectOption('Fail');
    await playground.choose('targets');
    await page.getByRole('combobox', { name: 'Target', exact: true }).selectOption('containerd');
    await page
      .getByRole('combobox', { name: 'File', exact: true })
      .selectOption('certs.d/quay.io/hosts.toml');
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.getByText('only the end of the link was copied').waitFor();
    const link = fileAddress + (await readClipboard(page));
    expect(link).toContain('index.html#1.');
    await playground.close();

    const opened = await newTab({ context });
    const other = opened.page;
    await other.goto(link);
    await other.locator('.output', { hasText: '/v2/quay"]' }).waitFor();
    expect(await other.getByRole('combobox', { name: 'Target', exact: true }).inputValue()).toBe(
      'containerd',
    );
    await opened.choose('webhook');
    expect(await other.getByLabel('URL of the webhook').inputValue()).toBe(
      'https://hook.example/mutate',
    );
    expect(await other.getByLabel('Kubernetes').inputValue()).toBe('30');
    expect(await other.getByLabel('If it cannot be reached').inputValue()).toBe('Fail');
    await opened.choose('decisions');
    expect(await other.getByLabel('Namespace').inputValue()).toBe('team');
    expect(await opened.rows.count()).toBe(2);
    expect(await opened.why.innerText()).toContain('docker.elastic.co/b');
  });

  test('is whole where others can open the page, and not where they cannot', async () => {
    const page = readFileSync(fileURLToPath(fileAddress));
    const host = createServer((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' });
      response.end(page);
    });
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
    const { port } = host.address() as AddressInfo;
    const playground = await open({ context, address: `http://127.0.0.1:${port}/` });
    await playground.page.getByRole('button', { name: 'Copy link' }).click();
    await hasSaid(playground.page, 'only the end of the link was copied');
    expect(await readClipboard(playground.page)).toMatch(/^#1\.[\w-]+$/);
    host.closeAllConnections();
    host.close();
  });

  test('is not overwritten by Reset, which goes back to what it brought', async () => {
    const playground = await open({ context });
    const { page, input } = playground;
    await input.fill('quay.io/mine/app:1\n');
    await page.getByRole('button', { name: 'Copy link' }).click();
    await hasSaid(page, 'copied');
    await page.reload();
    await input.getByText('quay.io/mine/app:1').waitFor();
    const link = page.url();
    await input.fill('quay.io/changed\n');
    await page.getByRole('button', { name: 'Reset' }).click();
    expect((await input.innerText()).trim()).toBe('quay.io/mine/app:1');
    await page.getByLabel('Example').selectOption('harbor');
    await page.getByLabel('Example').selectOption('');
    expect((await input.innerText()).trim()).toBe('quay.io/mine/app:1');
    await page.waitForTimeout(600);
    expect(page.url()).toBe(link);
  });
});

test('choices of a view stay when another is opened', async () => {
  const playground = await open({ context });
  const { page } = playground;
  await playground.choose('targets');
  await page.getByRole('combobox', { name: 'Target', exact: true }).selectOption('talos');
  await playground.choose('webhook');
  await page.getByLabel('URL of the webhook').fill('https://hook.example/mutate');
  await playground.choose('decisions');
  await page.locator('.count.keep').click();
  await playground.choose('targets');
  expect(await page.getByRole('combobox', { name: 'Target', exact: true }).inputValue()).toBe(
    'talos',
  );
  await playground.choose('webhook');
  expect(await page.getByLabel('URL of the webhook').inputValue()).toBe(
    'https://hook.example/mutate',
  );
  await playground.choose('decisions');
  expect(await page.locator('.count.keep').getAttribute('aria-pressed')).toBe('true');
});

test('undo takes back the last change, in whichever field it was', async () => {
  const playground = await open({ context });
  const { page, rules, input } = playground;
  const undo = page.getByRole('button', { name: 'Undo' });
  const namespace = page.getByLabel('Namespace');
  expect(await undo.isDisabled()).toBe(true);
  await page.getByLabel('Example').selectOption('airgapped');
  await namespace.fill('team');
  await page.waitForTimeout(600);
  await input.press('Control+Home');
  await page.keyboard.insertText('busybox ');
  await input.press('Control+z');
  expect(await input.innerText()).not.toContain('busybox');
  // The cursor is where something was undone, not at the start of what was replaced.
  await namespace.press('Control+z');
  expect(await namespace.inputValue()).toBe('default');
  await namespace.press('Control+y');
  expect(await namespace.inputValue()).toBe('team');
  await undo.click();
  await undo.click();
  expect((await rules.innerText()).trim()).toBe(defaultRulesText.trim());
  expect(await undo.isDisabled()).toBe(true);
  await page.getByRole('button', { name: 'Redo' }).click();
  expect(await rules.innerText()).toContain('registry.internal:5000');
});
