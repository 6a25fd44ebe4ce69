/**
 * What the playground costs, in Chromium: its size, how long until it can be used on a processor a
 * quarter as fast, how long it decides again for each key that is typed in the rules, and how it
 * scrolls. `node bench/playground/run.js [ROUNDS] [--beside FILE]` also measures FILE, the page of
 * another build, in turn with this one.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { Times } from './times.js';

const { values, positionals } = parseArgs({
  options: { beside: { type: 'string' } },
  allowPositionals: true,
});
const rounds = Number(positionals[0] ?? 10);
const pages = [
  { name: 'the playground', file: join(import.meta.dirname, '../../dist/playground/index.html') },
];
if (values.beside) pages.push({ name: 'the other build', file: resolve(values.beside) });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
for (const { name, file } of pages) {
  const page = readFileSync(file);
  console.log(`${name}: ${page.length} bytes, ${gzipSync(page, { level: 9 }).length} gzipped`);
}
for (const slowdown of [1, 4]) await timesToUse(slowdown);
await timesToType(1_000, 1);
for (const slowdown of [1, 4]) await timesToType(10_000, slowdown);
await framesOfScrolling(10_000);
await browser.close();

async function open(slowdown, address) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addInitScript(() => {
    const look = () => {
      if (document.querySelector('.pane.input .cm-content'))
        Object.assign(window, { editableAt: performance.now() });
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  const tab = await context.newPage();
  const session = await context.newCDPSession(tab);
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
  await tab.goto(address);
  await tab.locator('[role=option]').first().waitFor();
  return tab;
}

/** Begins with another one each round: the first that is opened takes longer than the last. */
function inTurn(all, round) {
  const first = round % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}

/**
 * From the navigation to the picture with the decisions, from when on views, filters and the list
 * answer, and to the editors. A page with one word shows what browser and machine take.
 */
async function timesToUse(slowdown) {
  const shown = new Times('shown', slowdown);
  const editable = new Times('editors to be written in', slowdown);
  const oneWord = { name: 'a page with one word', file: undefined };
  for (let round = 0; round < rounds; round++) {
    for (const { name, file } of inTurn([...pages, oneWord], round)) {
      const tab = await open(
        slowdown,
        file ? pathToFileURL(file).href : 'data:text/html,<p role=option>word',
      );
      if (file) await tab.locator('.pane.input .cm-content').waitFor();
      const shownAt = await tab.evaluate(() => {
        const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (
          performance.getEntriesByType('navigation')
        );
        const paint = performance.getEntriesByName('first-contentful-paint')[0];
        return Math.max(navigation.domContentLoadedEventEnd, paint?.startTime ?? 0);
      });
      shown.add(name, [shownAt]);
      if (file) editable.add(name, [await tab.evaluate(() => Reflect.get(window, 'editableAt'))]);
      await tab.context().close();
    }
  }
  shown.print();
  editable.print();
}

/**
 * All that a key makes the main thread do until the page is laid out again, which must fit into a
 * frame, and how long it is until the picture after it.
 */
async function timesToType(count, slowdown) {
  const images = Array.from({ length: count }, (_, n) => `quay.io/org-${n % 50}/app-${n}:v${n}`);
  const laidOut = new Times(`a key with ${count} images, until laid out`, slowdown);
  const painted = new Times(`a key with ${count} images, until painted`, slowdown);
  const tabs = [];
  for (const { name, file } of pages) {
    const tab = await open(slowdown, pathToFileURL(file).href);
    await paste(tab, images.join('\n'));
    await tab.getByText(`${count.toLocaleString('en')} all`).waitFor();
    tabs.push({ name, tab });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { name, tab } of inTurn(tabs, round)) {
      await tab.bringToFront();
      const found = await tab.evaluate(typeKeys, 5);
      laidOut.add(name, found.laidOut);
      painted.add(name, found.painted);
    }
  }
  for (const { tab } of tabs) await tab.context().close();
  laidOut.print();
  painted.print();
}

/** Types keys into a rule's `to`, in the page; times in milliseconds. */
async function typeKeys(keys) {
  const content = document.querySelector('.pane.rules .cm-content') ?? document.body;
  const editor = Reflect.get(content, 'cmTile').root.view;
  const at = editor.state.doc.toString().search(/\/quayx*\n/) + '/quay'.length;
  editor.dispatch({ selection: { anchor: at } });
  const laidOut = [];
  const painted = [];
  for (let key = 0; key < keys; key++) {
    // Keys come at any time within a frame.
    await new Promise((resolve) => setTimeout(resolve, 60 + Math.random() * 40));
    const begun = performance.now();
    editor.dispatch(editor.state.replaceSelection('x'), { userEvent: 'input.type' });
    // Components are rendered in microtasks.
    await new Promise((resolve) => queueMicrotask(() => queueMicrotask(() => resolve(undefined))));
    if (!document.querySelector('.becomes')?.textContent?.includes('/quayx'))
      throw new Error('late');
    document.body.getBoundingClientRect();
    laidOut.push(performance.now() - begun);
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    painted.push(performance.now() - begun);
  }
  return { laidOut, painted };
}

async function framesOfScrolling(count) {
  const times = new Times(`frames while ${count} images are scrolled`, 1);
  const [{ name, file }] = pages;
  const tab = await open(1, pathToFileURL(file).href);
  const images = Array.from({ length: count }, (_, n) => `quay.io/org/app-${n}:v${n}`);
  await paste(tab, images.join('\n'));
  await tab.getByText(`${count.toLocaleString('en')} all`).waitFor();
  const gaps = await tab.evaluate(async () => {
    const list = document.querySelector('.list');
    if (list === null) throw new Error('there is no list');
    const found = [];
    let last = performance.now();
    for (let frame = 0; frame < 120; frame++) {
      list.scrollTop += 400;
      await new Promise((resolve) => requestAnimationFrame(resolve));
      found.push(performance.now() - last);
      last = performance.now();
    }
    return found;
  });
  times.add(name, gaps);
  times.print();
  await tab.context().close();
}

async function paste(tab, text) {
  const input = tab.locator('.pane.input .cm-content').first();
  await input.press('Control+a');
  await input.evaluate((element, pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', pasted);
    const init = { clipboardData, bubbles: true, cancelable: true };
    element.dispatchEvent(new ClipboardEvent('paste', init));
  }, text);
}
