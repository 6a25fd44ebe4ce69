import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decide } from '../src/decision/decide.ts';
import { checkRules } from '../src/rules/check.ts';
import { loadRules } from '../src/rules/load.ts';
import type { RuleSet } from '../src/rules/rule-set.ts';
import { runDetour } from './support/run-detour.ts';

const guide = readFileSync('docs/rules.md', 'utf8');
/** Rules with a table of what images become below them. */
const examples = [
  ...guide.matchAll(/^```yaml\n([^`]*)^```\n\n\| image .*\n.*\n((?:\|.*\n)+)/gm),
].map(([, rules = '', table = '']) => ({ rules, rows: rowsOf(table) }));

function rowsOf(table: string): [image: string, becomes: string][] {
  return table
    .trimEnd()
    .split('\n')
    .map((row) => row.split('|').map((cell) => cell.trim().replaceAll('`', '')))
    .map(([, image = '', becomes = '']) => [image, becomes]);
}

test('the guide has examples', () => {
  expect(examples.length).toBeGreaterThanOrEqual(3);
});

describe.each(examples)('the rules of an example', ({ rules, rows }) => {
  const { ruleSet, diagnostics } = loadRules(rules);

  test('have no mistakes', () => {
    expect(diagnostics).toEqual([]);
    const found = checkRules(ruleSet as RuleSet).filter(({ severity }) => severity !== 'note');
    expect(found).toEqual([]);
  });

  test.each(rows)('%s becomes %s', (image, becomes) => {
    const { action, image: written } = decide(image, ruleSet as RuleSet, { namespace: 'default' });
    expect(action === 'deny' ? 'denied' : written).toBe(becomes);
  });
});

test('the command of the guide reads what kubectl prints', async () => {
  const command = /^kubectl .*--images -$/m.exec(guide)?.[0];
  expect(command).toMatch(/\{"\\n"\}\{end\}' \| detour check detour\.yaml --images -$/);
  const { code, stdout } = await runDetour(['check', '--rules', 'embedded', '--images', '-'], {
    stdin: 'nginx:1.27\nquay.io/cilium/cilium:v1.18.0\n',
  });
  expect([code, stdout]).toEqual([0, expect.stringContaining('0 findings')]);
});
