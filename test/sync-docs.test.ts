import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadRules } from '../src/rules/load.ts';
import { codeBlocks } from './support/code-blocks.ts';
import { runDetour } from './support/run-detour.ts';

const guides = ['docs/sync.md', 'docs/sync.zh-CN.md'] as const;

function read(file: string): string {
  return readFileSync(file, 'utf8');
}

describe.each(guides)('%s', (file) => {
  // Rules of Prometheus are tested by test/sync/metrics.test.ts.
  const rules = codeBlocks(file, 'yaml').filter((block) => !block.startsWith('groups:'));
  test.each(rules)('shows rules that hold', (block) => {
    const { ruleSet, diagnostics } = loadRules(block);
    expect(diagnostics).toEqual([]);
    expect(ruleSet?.file.sync?.images?.length).toBeGreaterThan(0);
  });

  test('names every option of the command', async () => {
    const { stdout } = await runDetour(['sync', '--help']);
    const options = stdout.match(/--[a-z-]+/g) ?? [];
    for (const option of new Set(options))
      if (!['--help', '--rules'].includes(option)) expect(read(file)).toContain(option);
  });

  test('has a policy that can be written to the rules file', () => {
    const [, policy = ''] = /`'(\{"Version".*?)'`/.exec(read(file)) ?? [];
    expect(JSON.parse(policy)).toMatchObject({ Statement: [{ Principal: '*' }] });
  });
});
