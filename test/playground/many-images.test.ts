import { expect, test } from 'vitest';
import { readInput, type Trial, tryInput } from '../../playground/model/try-input.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { type Playground, shareBrowser } from './rig.ts';

const { open } = shareBrowser();

const images = Array.from(
  { length: 9_000 },
  (_, n) => `${['quay.io', 'ghcr.io', 'a.example'][n % 3]}/org/app-${n}:v${n}`,
).join('\n');

/** What is typed after `ghcr.io` takes its images away from the rule. */
const rulesWith = (typed: string) => `version: 1
bypass: false
rules:
  - {from: [ghcr.io${typed}, other.example], deny: closed}
  - {from: quay.io, to: m.example/quay}
`;

/** Rows are images with what becomes of them; counts are those of all, rewritten, kept and denied. */
interface Shown {
  readonly rows: readonly string[];
  readonly counts: readonly string[];
  readonly isBusy: boolean;
}

const countsBefore = ['9,000', '3,000', '3,000', '3,000'];

async function openWithImages(): Promise<Playground> {
  const playground = await open();
  await playground.rules.fill(rulesWith(''));
  await playground.paste(playground.input, images);
  await playground.page.locator('.count', { hasText: '9,000 all' }).waitFor();
  await playground.page.locator('.count.deny', { hasText: '3,000' }).waitFor();
  return playground;
}

/**
 * Types texts after `ghcr.io`, each in place of the one before and at once. Returns what the page
 * shows when it has done nothing else yet, and each time that its counts change, until it is done.
 */
function type({ page }: Playground, ...texts: string[]): Promise<readonly Shown[]> {
  return page.evaluate(async (typed) => {
    const element = (selector: string) => document.querySelector(selector) as Element;
    const { view } = Reflect.get(element('.pane.rules .cm-content'), 'cmTile').root;
    const shown = () => ({
      rows: [...document.querySelectorAll('.row')].map((row) =>
        ['.image', '.outcome'].map((part) => row.querySelector(part)?.textContent).join(' '),
      ),
      counts: [...document.querySelectorAll('.count b')].map((count) => count.textContent),
      isBusy: element('.decisions').getAttribute('aria-busy') === 'true',
    });
    const changes: Shown[] = [];
    const observer = new MutationObserver(() => changes.push(shown()));
    for (const insert of typed) {
      const text: string = view.state.doc.toString();
      const from = text.indexOf('ghcr.io') + 'ghcr.io'.length;
      const changes = { from, to: text.indexOf(',', from), insert };
      view.dispatch({ changes, userEvent: 'input.type' });
      // Components are rendered in microtasks.
      for (let turn = 0; turn < 3; turn++) await Promise.resolve();
    }
    const first = shown();
    observer.observe(element('.decisions > .bar'), { characterData: true, subtree: true });
    while (shown().isBusy) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 100));
    return [first, ...changes, shown()];
  }, texts);
}

/** Decides all images from scratch. */
function decided(typed: string): readonly Trial[] {
  const { ruleSet } = loadRules(rulesWith(typed));
  return tryInput(readInput(images), ruleSet as RuleSet, 'default').trials;
}

function rowOf({ image, decision: { action, rule, image: becomes } }: Trial): string {
  const outcomes = { rewrite: `→ ${becomes}`, deny: rule?.message, keep: 'no rule matches' };
  return `${image} ${outcomes[action]}`;
}

function countsOf(trials: readonly Trial[]): string[] {
  const counts = ['rewrite', 'keep', 'deny'].map(
    (action) => trials.filter(({ decision }) => decision.action === action).length,
  );
  return [trials.length, ...counts].map((count) => count.toLocaleString('en'));
}

test('the rows that are seen are decided at once, and all images a moment later', async () => {
  const playground = await openWithImages();
  const states = await type(playground, 'x');
  const [first, last] = [states[0] as Shown, states.at(-1) as Shown];
  const trials = decided('x');
  const rows = trials.slice(0, first.rows.length).map(rowOf);
  expect(first).toEqual({ rows, counts: countsBefore, isBusy: true });
  expect(rows).toContain('ghcr.io/org/app-1:v1 no rule matches');
  expect(last).toEqual({ rows, counts: countsOf(trials), isBusy: false });
  expect(last.counts).toEqual(['9,000', '3,000', '6,000', '0']);
});

test('a filter lists images of the rules before, all of them, until it knows the new ones', async () => {
  const playground = await openWithImages();
  const { page, rows } = playground;
  await page.locator('.count.deny').click();
  const denied = decided('').filter(({ decision }) => decision.action === 'deny');
  const states = await type(playground, 'x');
  const [first, last] = [states[0] as Shown, states.at(-1) as Shown];
  const listed = (trials: readonly Trial[]) => trials.slice(0, first.rows.length).map(rowOf);
  expect(first.isBusy).toBe(true);
  expect(first.rows).toEqual(listed(denied));
  // No image is denied any more.
  expect(last.rows).toEqual(listed(decided('x')));
  const again = await type(playground, '');
  expect(again[0]?.rows).toEqual(listed(decided('')));
  expect(again.at(-1)?.rows).toEqual(listed(denied));
  await page.locator('[role=listbox]').press('End');
  await rows.filter({ hasText: 'app-8998:v8998' }).first().waitFor();
  expect(await rows.first().getAttribute('aria-setsize')).toBe('3000');
});

test('keys that follow fast drop what was not decided yet', async () => {
  const playground = await openWithImages();
  const states = await type(playground, 'x', 'xy', '');
  const trials = decided('');
  const rows = trials.slice(0, states[0]?.rows.length).map(rowOf);
  // The counts of what was typed in between never appear.
  expect(states.map(({ counts }) => counts)).toEqual(states.map(() => countsBefore));
  expect(states.at(-1)).toEqual({ rows, counts: countsOf(trials), isBusy: false });
});
