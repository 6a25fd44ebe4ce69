/**
 * What the playground costs, in Chromium: its size, how long until it can be used on a processor a
 * quarter as fast, how long it decides again for each key that is typed in the rules, and how it
 * scrolls. `node bench/playground/run.js [ROUNDS]`
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';

const rounds = Number(process.argv[2] ?? 10);
const file = join(import.meta.dirname, '../../dist/playground/index.html');
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
const page = readFileSync(file);
console.log(`size: ${page.length} bytes, ${gzipSync(page, { level: 9 }).length} gzipped`);
for (const slowdown of [1, 4]) {
  await timesToUse('the playground', pathToFileURL(file).href, slowdown);
  // What the browser and the machine take by themselves.
  await timesToUse('a page with one word', 'data:text/html,<p role=option>word', slowdown);
}
await timesToType(1_000);
await timesToType(10_000);
await framesOfScrolling(10_000);
await browser.close();

async function open(slowdown = 1, address = pathToFileURL(file).href) {
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

/**
 * From the navigation to the picture with the decisions, from when on views, filters and the list
 * answer, and to the editors.
 */
async function timesToUse(what, address, slowdown) {
  const shown = [];
  const editable = [];
  for (let round = 0; round < rounds; round++) {
    const tab = await open(slowdown, address);
    const isPlayground = address.startsWith('file:');
    if (isPlayground) await tab.locator('.pane.input .cm-content').waitFor();
    shown.push(
      await tab.evaluate(() => {
        const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (
          performance.getEntriesByType('navigation')
        );
        const paint = performance.getEntriesByName('first-contentful-paint')[0];
        return Math.max(navigation.domContentLoadedEventEnd, paint?.startTime ?? 0);
      }),
    );
    if (isPlayground) editable.push(await tab.evaluate(() => Reflect.get(window, 'editableAt')));
    await tab.context().close();
  }
  report(`${what}, processor slowed ${slowdown} times: shown after`, shown);
  if (editable.length > 0) report(`  and to be edited after`, editable);
}

/**
 * All that a key makes the main thread do until the page is laid out again: what must fit into a
 * frame.
 */
async function timesToType(count) {
  const tab = await open();
  const images = Array.from({ length: count }, (_, n) => `quay.io/org-${n % 50}/app-${n}:v${n}`);
  const start = performance.now();
  await paste(tab, images.join('\n'));
  await tab.getByText(`${count.toLocaleString('en')} all`).waitFor();
  console.log(`${count} images pasted: ${(performance.now() - start).toFixed(0)} ms until shown`);
  const times = await tab.evaluate(async (keys) => {
    const content = document.querySelector('.pane.rules .cm-content') ?? document.body;
    const editor = Reflect.get(content, 'cmTile').root.view;
    const at = editor.state.doc.toString().indexOf('/quay\n') + '/quay'.length;
    editor.dispatch({ selection: { anchor: at } });
    const found = [];
    for (let key = 0; key < keys; key++) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      const begun = performance.now();
      editor.dispatch(editor.state.replaceSelection('x'), { userEvent: 'input.type' });
      // Components are rendered in microtasks.
      await new Promise((resolve) =>
        queueMicrotask(() => queueMicrotask(() => resolve(undefined))),
      );
      if (!document.querySelector('.becomes')?.textContent?.includes('/quayx'))
        throw new Error('late');
      document.body.getBoundingClientRect();
      found.push(performance.now() - begun);
    }
    return found;
  }, rounds * 5);
  report(`a key typed in the rules decides ${count} images again`, times);
  await tab.context().close();
}

async function framesOfScrolling(count) {
  const tab = await open();
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
  report(`frames while ${count} images are scrolled`, gaps);
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

function report(what, times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))].toFixed(1);
  console.log(`${what}: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, of ${sorted.length}`);
}
