import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8');

/** Returns what axe finds in a page, in a line each. */
export async function violations(page: Page): Promise<string[]> {
  // As a developer's console would: the page's own policy lets no foreign script in.
  const options: RunOptions = { resultTypes: ['violations'] };
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(`${axeSource};`);
  const results = (await page.evaluate(
    `axe.run(document, ${JSON.stringify(options)})`,
  )) as AxeResults;
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
}
