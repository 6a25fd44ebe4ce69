import { describe, expect, test } from 'vitest';
import { Parser } from 'yaml';
import { fileLimits, loadRules, type RulesLimits } from './load.ts';
import { loadNamespaceRules, namespaceLimits } from './namespace-rules.ts';
import type { RuleSet } from './rule-set.ts';
import { suggestOrigin, suggestRegistry } from './suggest-name.ts';
import { lexemesOf } from './yaml-lexemes.ts';

const keys = (count: number, value: string) =>
  Array.from({ length: count }, (_, index) => `  k${index}: ${value}\n`).join('');
const rules = (count: number, rule: (index: number) => string) =>
  `version: 1\nrules:\n${Array.from({ length: count }, (_, index) => rule(index)).join('')}`;
const jsonRules = (count: number, rule: (index: number) => object) =>
  JSON.stringify({ version: 1, rules: Array.from({ length: count }, (_, index) => rule(index)) });
const codes = (text: string, limits?: RulesLimits) =>
  loadRules(text, limits).diagnostics.map(({ code }) => code);

describe('if there are many mistakes, the first are reported', () => {
  test.each([
    [
      'unknown keys',
      `version: 1\nrules: []\n${keys(2_000, 'x').replaceAll('  ', '')}`,
      'unknown-key',
    ],
    [
      'keys twice',
      `version: 1\nrules: []\nskip:\n  labels:\n${'    a: b\n'.repeat(2_000)}`,
      'yaml-syntax',
    ],
    ['wrong values', `version: 1\nrules: []\nskip:\n labels:\n${keys(2_000, '1')}`, 'wrong-value'],
    ['rules that do nothing', rules(2_000, (index) => `- from: r${index}.io\n`), 'no-action'],
    [
      'rules for one registry',
      rules(2_000, () => '- {from: a.io, keep: true}\n'),
      'duplicate-from',
    ],
    ['rules that are none', rules(2_000, () => '- 1\n'), 'wrong-value'],
    [
      'invisible characters',
      rules(2_000, () => '- {from: "a\\u2028", keep: true}\n'),
      'hidden-character',
    ],
  ])('%s', (_, text, code) => {
    const found = codes(text);
    expect(found).toHaveLength(fileLimits.diagnostics + 1);
    expect(found[0]).toBe(code);
    expect(found.at(-1)).toBe('more-diagnostics');
  });

  test('of so many wrong values that the schema library is not asked for all, one', () => {
    const { ruleSet, diagnostics } = loadRules(rules(20_000, () => '- 1\n'));
    expect(ruleSet).toBeUndefined();
    expect(diagnostics.map(({ code }) => code)).toEqual(['more-diagnostics', 'wrong-value']);
  });

  test('the number of the others is reported', () => {
    const { diagnostics } = loadRules(rules(1_500, (index) => `- from: r${index}.io\n`));
    expect(diagnostics).toHaveLength(1_001);
    expect(diagnostics.at(-1)).toMatchObject({
      severity: 'error',
      message: 'and 500 more; correct these first',
    });
  });

  test('every mistake of a file of usual size is reported at once', () => {
    expect(
      codes(`a: 1\nb: 2\nversion: 1\nrules: [{c: 3, d: 4, from: a.io, keep: true}]\n`),
    ).toEqual(Array(4).fill('unknown-key'));
  });
});

describe('mistakes of syntax', () => {
  test.each([
    ['an open list', `[${','.repeat(100_000)}`],
    ['open quotes', '- "\n'.repeat(10_000)],
    ['escapes that are none', `"${'\\q'.repeat(10_000)}"`],
  ])('%s: at most a hundred are reported', (_, text) => {
    const found = loadRules(text).diagnostics;
    expect(found).toHaveLength(fileLimits.mistakes + 1);
    expect(
      found.some(({ message }) => message.startsWith('there are more than 100 syntax errors')),
    ).toBe(true);
  });
});

describe('comments and blank lines cost their characters and no more', () => {
  test.each([
    ['comments', '# x\n'],
    ['indented comments', '   # x\n'],
    ['blank lines', '\n'],
    ['lines of spaces', '  \r\n'],
  ])('%s', (_, line) => {
    const pieces = (text: string) => [...lexemesOf(text, new Parser())];
    const text = (filler: string) =>
      `a:\n${filler}  - b\n${filler}  - {c:\n${filler}    d}\n${filler}e: f\n`;
    expect(pieces(text(line.repeat(1_000)))).toEqual(pieces(text('')));
  });

  test('positions are those of the text', () => {
    const { diagnostics } = loadRules(
      '# a\n\nversion: 1 # b\n   \n  # c\nrules:\n# d\n  - from: a.io\n\n    too: m.io\n',
    );
    expect(diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual([
      '8:5 no-action',
      '10:5 unknown-key',
    ]);
  });
});

describe('100,000 rules are within the limits', () => {
  const from = (index: number) => `quay.io/organisation/app-${index}`;
  const to = (index: number) => `mirror.example/quay/app-${index}`;
  test.each([
    ['as YAML', rules(1_000, (index) => `  - from: ${from(index)}\n    to: ${to(index)}\n`)],
    ['as JSON', jsonRules(1_000, (index) => ({ from: from(index), to: to(index) }))],
  ])('%s', (_, text) => {
    const pieces = [...lexemesOf(text, new Parser())];
    expect(pieces.length * 100).toBeLessThanOrEqual(fileLimits.lexemes);
    expect(text.length * 100).toBeLessThanOrEqual(fileLimits.length);
    const entries = fileLimits.entries / 100;
    expect(codes(text, { ...fileLimits, entries })).toEqual([]);
    // And not so far within that the limit is none.
    expect(codes(text, { ...fileLimits, entries: entries / 2 })).toEqual(['too-large']);
  });
});

describe('what is empty costs as much as a value, and is counted', () => {
  test.each([
    ['items of a list', '- \n', '', ''],
    ['values without a key', ':\n', '', ''],
    ['keys without a value', '?\n', '', ''],
    ['pairs in brackets', ':,', '[', ']'],
    ['mappings', '{},', '[', ']'],
    ['lists in lists', '[[[]]],', '[', ']'],
    ['invisible characters', '\u200b,', '[', ']'],
  ])('%s', (_, unit, start, end) => {
    const text = `${start}${unit.repeat(1_001)}${end}`;
    expect(loadRules(text, { ...fileLimits, entries: 1_000 }).diagnostics).toMatchObject([
      { code: 'too-large', message: 'the text has more than 1000 keys, items and brackets' },
    ]);
  });

  test('in a rules file and in the rules of a namespace', () => {
    expect(codes(`[${':,'.repeat(fileLimits.entries)}]`)).toEqual(['too-large']);
    expect(codes(`[${':,'.repeat(1_250)}]`, namespaceLimits)).toEqual(['too-large']);
  });
});

describe('each limit allows its bound and nothing beyond', () => {
  const small: RulesLimits = {
    length: 400,
    lexemes: 60,
    entries: 25,
    lexeme: 100,
    depth: 6,
    properties: 3,
    repeated: 5,
    documents: 1,
    mistakes: 2,
    origins: 9,
    diagnostics: 3,
  };
  const file = (more: string) => `version: 1\n${more}rules: [{from: a.io, keep: true}]\n`;
  const names = (count: number) => `[${Array(count).fill('a').join(',')}]`;

  test.each([
    ['characters', (n: number) => file(`#${' '.repeat(n)}\n`), 400 - file('#\n').length],
    ['words and signs', (n: number) => `[${'a,'.repeat(n)}`, 19],
    ['keys, items and brackets', (n: number) => '-\n'.repeat(n), 25],
    ['characters of a value', (n: number) => file(`mirror: ${'m'.repeat(n)}\n`), 100],
    ['levels', (n: number) => '['.repeat(n) + ']'.repeat(n), 5],
    ['aliases', (n: number) => file(`warn: &a true\n${'annotate: *a\n'.repeat(n)}`), 2],
    [
      'origins',
      (n: number) =>
        `version: 1\nrules: [{keep: true, from: [${Array.from({ length: n }, (_, at) => `${at}.io`)}]}]\n`,
      9,
    ],
    ['repeated values', (n: number) => file(`x: &a ${names(n)}\ny: *a\n`), 4],
  ])('%s', (_, text, bound) => {
    expect(codes(text(bound), small)).not.toContain('too-large');
    expect(codes(text(bound + 1), small)).toContain('too-large');
  });

  test.each([
    ['mistakes', (n: number) => '- @\n'.repeat(n), 2, 'yaml-syntax'],
    ['diagnostics', (n: number) => file(keys(n, '1').replaceAll('  ', '')), 3, 'more-diagnostics'],
  ])('%s', (_, text, bound, code) => {
    expect(loadRules(text(bound), small).diagnostics).toHaveLength(bound);
    const beyond = loadRules(text(bound + 1), small).diagnostics;
    expect(beyond).toHaveLength(bound + 1);
    expect(beyond.at(-1)?.code).toBe(code);
  });
});

describe('a namespace has less', () => {
  const cluster = loadRules('version: 1\nnamespaceRules: {to: [m.example]}\nrules: []\n')
    .ruleSet as RuleSet;
  const load = (text: string) => loadNamespaceRules(text, cluster);

  test('200 rules of two keys fit', () => {
    const text = rules(
      200,
      (index) => `- from: quay.io/team/app-${index}\n  to: m.example/app-${index}\n`,
    );
    expect(load(text).ruleSet?.rules).toHaveLength(200);
  });

  test.each([
    ['commas', `[${','.repeat(16_000)}`],
    ['empty rules', rules(1, () => `- [${'{},'.repeat(5_000)}]\n`)],
    ['items of nothing', '-\n'.repeat(2_400)],
    ['keys without values', ':\n'.repeat(8_000)],
    ['names', rules(1, () => `- {to: m.example, from: [${'a.b,'.repeat(4_000)}]}\n`)],
    ['keys', keys(1_800, 'v').replaceAll('  ', '')],
    ['open quotes', '- "\n'.repeat(4_000)],
  ])('reading %s stops at its limits', (_, text) => {
    expect(text.length).toBeLessThan(namespaceLimits.length);
    const { ruleSet, diagnostics } = load(text);
    expect(ruleSet).toBeUndefined();
    expect(diagnostics.length).toBeLessThanOrEqual(namespaceLimits.diagnostics + 1);
    expect(diagnostics.some(({ code }) => code === 'too-large' || code === 'yaml-syntax')).toBe(
      true,
    );
  });
});

describe('suggesting a from looks at each character once', () => {
  // As regular expressions, each of these began again at every character: hours for so many.
  test.each(['*', '/', ':', '@', 'a:', '/*:'])('%s', (sign) => {
    const name = `${sign.repeat(2_000_000)}!`;
    expect(suggestOrigin(name)).toBeUndefined();
    expect(suggestRegistry(name, () => false)).toBeUndefined();
  });
});
