import type { BrowserContext } from 'playwright-core';
import { expect, test } from 'vitest';
import { type Playground, shareBrowser } from './rig.ts';

const { newContext, open } = shareBrowser();

let playground: Playground;

/** Records what moves up or down, also just after a key. */
async function recordShifts(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const shifts: string[] = [];
    Object.assign(window, { shifts });
    interface Source {
      readonly node: Node | null;
      readonly previousRect: DOMRect;
      readonly currentRect: DOMRect;
    }
    // What is written moves, and what completes it moves with the cursor.
    const isWritten = (node: Node | null) =>
      (node instanceof Element ? node : node?.parentElement)?.closest('.cm-editor, .cm-tooltip');
    const nameOf = (node: Node | null) => {
      const element = node instanceof Element ? node : node?.parentElement;
      return `${element?.closest('.pane')?.className}: ${element?.tagName}.${element?.className}`;
    };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { sources } = entry as never as { sources: Source[] };
        const moved = sources.filter(
          ({ node, previousRect: before, currentRect: after }) =>
            before.y !== after.y && !isWritten(node),
        );
        for (const { node, previousRect: before, currentRect: after } of moved)
          shifts.push(`${nameOf(node)} ${before.y} → ${after.y}`);
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

/** Opens the page in a window of a laptop, and waits until nothing moves any more. */
async function openSteady(): Promise<void> {
  const context = await newContext({ viewport: { width: 1366, height: 768 } });
  await recordShifts(context);
  playground = await open({ context });
}

/** Returns what moves while a function types. */
async function shiftsWhile(typing: () => Promise<void>): Promise<string[]> {
  const { page } = playground;
  const shifts = () => page.evaluate(() => (window as never as { shifts: string[] }).shifts);
  await page.waitForTimeout(600);
  const before = (await shifts()).length;
  await typing();
  await page.waitForTimeout(600);
  return (await shifts()).slice(before);
}

test('nothing moves while a rule is typed key by key', async () => {
  await openSteady();
  const { page, rules } = playground;
  await rules.fill('version: 1\nrules:\n  - from: quay.io\n    to: m.example/quay\n');
  await rules.press('Control+End');
  const shifts = await shiftsWhile(async () => {
    for (const key of '  - from: [k8s.gcr.io, docker.io]') await rules.press(key);
    await rules.press('Escape');
    await rules.press('Enter');
    for (const key of 'to: m.example/quay') await rules.press(key);
    await rules.press('Escape');
  });
  expect(await page.locator('.problems .warning').count()).toBeGreaterThan(0);
  expect(shifts).toEqual([]);
});

test('nothing moves while a manifest is typed key by key', async () => {
  await openSteady();
  const { page, input } = playground;
  await input.fill('apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n');
  await input.press('Control+End');
  const shifts = await shiftsWhile(async () => {
    for (const key of '  - {name: b, image: quay.io/b:1') await input.press(key);
  });
  expect(shifts).toEqual([]);
  await page.locator('.row', { hasText: 'quay.io/' }).waitFor();
});

test('nothing moves when images get the same name', async () => {
  await openSteady();
  const { page, rules, input } = playground;
  const rule = '  - {from: quay.io, to: m.example/x}\n  - {from: ghcr.io, to: m.example/';
  await rules.fill(`version: 1\nrules:\n${rule}y}\n`);
  await input.fill('quay.io/a:1\nghcr.io/a:1\n');
  const shifts = await shiftsWhile(async () => {
    await rules.fill(`version: 1\nrules:\n${rule}x}\n`);
    await page.locator('.collisions').waitFor();
  });
  expect(shifts).toEqual([]);
});
