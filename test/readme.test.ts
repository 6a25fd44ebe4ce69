import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { testExpectations } from '../src/decision/expectations.ts';
import { loadRules } from '../src/rules/load.ts';
import { loadNamespaceRules } from '../src/rules/namespace-rules.ts';
import type { RuleSet } from '../src/rules/rule-set.ts';
import { targets } from '../src/target/all.ts';
import { codeBlocks } from './support/code-blocks.ts';
import { detour } from './support/run-detour.ts';

const readmes = ['README.md', 'README.zh-CN.md'];

describe.each([...readmes, 'docs/rules.md'])('%s', (file) => {
  test.each(codeBlocks(file, 'console'))('shows what the command prints: %s', async (block) => {
    const [command = '', ...output] = block.split('\n');
    expect(command).toMatch(/^\$ detour /);
    expect(await detour(command.slice(2))).toBe(output.join('\n'));
  });
});

describe.each(readmes)('%s', (file) => {
  test.each(codeBlocks(file, 'yaml'))('shows rules that hold', (block) => {
    expect(loadRules(block).diagnostics).toEqual([]);
  });
});

test('one can read it in one sitting', () => {
  for (const file of readmes)
    expect(readFileSync(file, 'utf8').split('\n').length - 1).toBeLessThanOrEqual(150);
});

test('the pictures for light and dark pages differ in their colours only', () => {
  for (const name of ['overview', 'overview.zh']) {
    const [light, dark] = ['light', 'dark'].map((theme) => {
      const svg = readFileSync(`docs/images/${name}-${theme}.svg`, 'utf8');
      return svg.replaceAll(/#[0-9a-f]{6}/g, '');
    });
    expect(dark).toBe(light);
  }
});

test('the examples of the guide hold', () => {
  const examples = codeBlocks('docs/rules.md', 'yaml');
  const configMap = examples.find((example) => example.includes('kind: ConfigMap')) ?? '';
  const files = examples.filter((example) => example.startsWith('version: 1\n'));
  expect(files.length).toBeGreaterThan(2);
  for (const file of files) expect(loadRules(file).diagnostics).toEqual([]);
  const tests = examples.filter((example) => example.startsWith('expect:'));
  const { ruleSet } = loadRules(files[0] ?? '');
  expect(testExpectations(ruleSet as RuleSet).map(({ isMet }) => isMet)).toEqual([true, true]);
  for (const text of tests)
    expect(loadRules(`version: 1\nrules: []\n${text}`).diagnostics).toEqual([]);
  const { data } = parse(configMap) as { data: { 'detour.yaml': string } };
  expect(loadNamespaceRules(data['detour.yaml'], ruleSet as RuleSet).diagnostics).toEqual([]);
});

test('the guide says of each target what it can say', () => {
  const guide = readFileSync('docs/compile.md', 'utf8').replace(/ +/g, ' ');
  for (const { name, abilities, title } of targets) {
    expect(guide).toContain(`| ${[name, ...Object.values(abilities), title].join(' | ')} |`);
    expect(guide).toContain(`## ${name}\n`);
  }
});

test('every metric is in the guide', () => {
  const files = readdirSync('src/server', { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
  );
  const names = files.flatMap(
    (file) => readFileSync(`src/server/${file}`, 'utf8').match(/(?<=')detour_\w+(?=')/g) ?? [],
  );
  expect(names).toContain('detour_rules_valid');
  const guide = readFileSync('docs/serve.md', 'utf8');
  for (const name of names) expect(guide).toContain(name);
});
