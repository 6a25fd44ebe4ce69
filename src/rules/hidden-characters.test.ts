import { describe, expect, test } from 'vitest';
import { formatDiagnostic } from './diagnostic.ts';
import { loadRules } from './load.ts';

const diagnose = (text: string) =>
  loadRules(text).diagnostics.map((diagnostic) => formatDiagnostic('f', diagnostic));
const inJson = (file: object) => loadRules(JSON.stringify({ version: 1, ...file }));

const hidden: [name: string, character: string][] = [
  ['a null', '\0'],
  ['a tab', '\t'],
  ['a line feed', '\n'],
  ['a carriage return', '\r'],
  ['an escape', '\x1b'],
  ['DEL', '\x7f'],
  ['next line', '\x85'],
  ['a soft hyphen', '\xad'],
  ['a zero width space', '\u200b'],
  ['a zero width joiner', '\u200d'],
  ['a right-to-left override', '\u202e'],
  ['a line separator', '\u2028'],
  ['a paragraph separator', '\u2029'],
  ['an isolate', '\u2066'],
  ['a Hangul filler', '\u3164'],
  ['a variation selector', '\ufe0f'],
  ['a byte order mark', '\ufeff'],
  ['a noncharacter', '\uffff'],
  ['half of a pair', '\ud800'],
  ['the other half', '\udc00'],
  ['a tag', '\u{e0041}'],
];

describe.each(hidden)('%s is refused', (_, character) => {
  const written = `a${character}b`;
  test.each<[place: string, file: object]>([
    ['from', { rules: [{ from: written, keep: true }] }],
    ['to', { rules: [{ from: 'a.io', to: written }] }],
    ['mirror', { mirror: written, rules: [] }],
    ['bypass', { bypass: written, rules: [] }],
    ['a value of skip.labels', { skip: { labels: { a: written } }, rules: [] }],
    ['a key of skip.labels', { skip: { labels: { [written]: 'a' } }, rules: [] }],
    ['skip.owners', { skip: { owners: [written] }, rules: [] }],
    ['namespaces', { namespaces: { include: [written] }, rules: [] }],
    ['$schema', { $schema: written, rules: [] }],
    ['a key that is unknown', { [written]: 1, rules: [] }],
  ])('in %s', (_, file) => {
    const { ruleSet, diagnostics } = inJson(file);
    expect(ruleSet).toBeUndefined();
    const found = diagnostics.find(({ code }) => code === 'hidden-character');
    const number = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    expect(found?.message).toContain(`U+${number}`);
  });
});

test.each([
  ['lines and tabs', 'ask\n\tthe platform team'],
  ['a joined emoji', 'ask \u{1f469}\u200d\u{1f4bb}\ufe0f'],
  ['joined letters', 'می\u200cخواهم'],
  ['Chinese', '这个镜像仓库没有镜像，请联系平台团队'],
])('a message may have %s', (_, deny) => {
  const { ruleSet, diagnostics } = inJson({ rules: [{ from: 'a.io', deny }] });
  expect(diagnostics).toEqual([]);
  expect(ruleSet?.rules[0]?.message).toBe(deny);
});

test.each(hidden.filter(([, character]) => !'\t\n\u200d\ufe0f'.includes(character)))(
  'a message may not have %s',
  (_, character) => {
    const { diagnostics } = inJson({ rules: [{ from: 'a.io', deny: `a${character}b` }] });
    expect(diagnostics).toMatchObject([{ code: 'hidden-character' }]);
  },
);

test('the position is that of the character, or of the value if the character is written as an escape', () => {
  expect(
    diagnose(
      'version: 1\nskip:\n  labels:\n    "x\u2028      expression: true": y\n    z: "a\\u202Eb"\nrules: []\n',
    ),
  ).toEqual([
    'f:4:7: error hidden-character: the key skip.labels.x\\u2028      expression: true has the invisible character U+2028: remove it',
    'f:5:8: error hidden-character: skip.labels.z has the invisible character U+202E: remove it',
  ]);
});

test('comments may hold anything', () => {
  expect(diagnose('version: 1\n# \u2028 \u202e \u200b\nrules: [] # \u2029\n')).toEqual([]);
});
