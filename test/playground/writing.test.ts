import { expect, test } from 'vitest';
import { shareBrowser } from './rig.ts';

const { open } = shareBrowser();

test('keys are offered in the order in which they are written, none twice', async () => {
  const playground = await open();
  const { page, rules } = playground;
  await rules.fill('version: 1\nrules:\n  - from: quay.io\n    ');
  await rules.press('Control+End');
  await rules.press('Control+Space');
  await page.locator('.cm-tooltip-autocomplete').waitFor();
  const labels = await page.locator('.cm-completionLabel').allInnerTexts();
  expect(labels.slice(0, 2)).toEqual(['to', 'path']);
  expect(labels).not.toContain('from');
});

test('a second variable is completed, and its brace is not doubled', async () => {
  const playground = await open();
  const { page, rules } = playground;
  await rules.fill('version: 1\nmirror: m.example\nrules:\n  - from: "*.gcr.io"\n    to: ');
  await rules.press('Control+End');
  await rules.pressSequentially('${mirror}/a/${r', { delay: 20 });
  await page.locator('.cm-tooltip-autocomplete').waitFor();
  expect(await page.locator('.cm-completionLabel').allInnerTexts()).toEqual(['${registry}']);
  await page.waitForTimeout(150);
  await rules.press('Enter');
  expect(await rules.innerText()).toMatch(/to: \$\{mirror\}\/a\/\$\{registry\}$/);
});

test('an error of a manifest is underlined, and a click goes to it', async () => {
  const playground = await open();
  const { page, input } = playground;
  await input.fill('apiVersion: v1\nkind: Pod\nmetadata: {a: b: c}\n');
  await page.locator('.pane.input .cm-lintRange-error').first().waitFor();
  await page.locator('.pane.input .problems button').first().click();
  const focused = () => page.evaluate(() => document.activeElement?.closest('.pane')?.className);
  expect(await focused()).toContain('input');
});

test('what nobody sees in an image is shown, and explained', async () => {
  const playground = await open();
  const { input, rows, why } = playground;
  await input.fill('quay.io/a\u200bb:1\n');
  await rows.filter({ hasText: '⟨U+200B⟩' }).waitFor();
  expect(await why.innerText()).toContain('Character 10 is U+200B');
});
