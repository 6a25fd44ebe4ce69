/**
 * What the playground costs, in Chromium: its size, how long until it can be used on a processor a quarter as fast, how long
 * it decides anew for each key that is typed in the rules, and how it scrolls. `node bench/playground/run.js [ROUNDS]`
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
await timesToUse(1);
await timesToUse(4);
await timesToType(1_000);
await timesToType(10_000);
await framesOfScrolling(10_000);
await browser.close();

async function open(slowdown = 1) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const tab = await context.newPage();
  const session = await context.newCDPSession(tab);
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
  await tab.goto(pathToFileURL(file).href);
  await tab.locator('[role=option]').first().waitFor();
  return tab;
}

/** From the navigation until a frame with the decisions is out and the main thread is free for what the user does. */
async function timesToUse(slowdown) {
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const tab = await open(slowdown);
    times.push(
      await tab.evaluate(async () => {
        const [navigation] = performance.getEntriesByType('navigation');
        const paint = performance.getEntriesByName('first-contentful-paint')[0];
        return Math.max(navigation.domContentLoadedEventEnd, paint?.startTime ?? 0);
      }),
    );
    await tab.context().close();
  }
  report(`usable after, processor slowed ${slowdown} times`, times);
}

/** From a key to the new decisions in the page (before it is painted). */
async function timesToType(count) {
  const tab = await open();
  const images = Array.from({ length: count }, (_, n) => `quay.io/org-${n % 50}/app-${n}:v${n}`);
  const start = performance.now();
  await paste(tab, images.join('\n'));
  await tab.getByText(`${count.toLocaleString('en')} all`).waitFor();
  console.log(`${count} images pasted: ${(performance.now() - start).toFixed(0)} ms until shown`);
  const rules = tab.locator('.pane.rules .cm-content').first();
  await rules.getByText('${mirror}/quay', { exact: false }).last().click();
  await rules.press('End');
  await tab.evaluate(() => {
    const times = [];
    Object.assign(window, { times });
    let begun = 0;
    addEventListener('keydown', () => {
      begun = performance.now();
    }, true);
    // Rendering is queued before this: what was typed is decided and in the page when it runs.
    addEventListener('input', () => requestAnimationFrame(() => times.push(performance.now() - begun)), true);
  });
  for (let round = 0; round < rounds * 5; round++) {
    await rules.press('abcdefghij'[round % 10]);
    await tab.waitForTimeout(60);
  }
  report(`a key typed with ${count} images, to the frame that shows it`, await tab.evaluate(() => window.times));
  report(`  of it decided and rendered`, await decideTimes(tab));
  await tab.context().close();
}

/** The work that one key makes on the main thread, by the browser's own account of long tasks and event timing. */
async function decideTimes(tab) {
  return await tab.evaluate(async () => {
    const times = [];
    const { view } = document.querySelector('.pane.rules .cm-content').cmTile ?? {};
    const editor = view ?? document.querySelector('.pane.rules .cm-content').cmView?.rootView?.view;
    for (let round = 0; round < 50; round++) {
      const start = performance.now();
      editor.dispatch({ changes: { from: editor.state.selection.main.head, insert: 'x' } });
      // Preact renders in a microtask or a timer of its own; what it has left is done by the next frame.
      await new Promise((resolve) => requestAnimationFrame(resolve));
      times.push(performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    return times;
  });
}

async function framesOfScrolling(count) {
  const tab = await open();
  const images = Array.from({ length: count }, (_, n) => `quay.io/org/app-${n}:v${n}`);
  await paste(tab, images.join('\n'));
  await tab.getByText(`${count.toLocaleString('en')} all`).waitFor();
  const gaps = await tab.evaluate(async () => {
    const list = document.querySelector('.list');
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
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))].toFixed(1);
  console.log(`${what}: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, of ${sorted.length}`);
}
