import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Document, isAlias, isCollection, isPair, isScalar, parseAllDocuments } from 'yaml';
import { type YamlLimits, YamlReader } from './yaml-documents.ts';

/** How many texts; `FUZZ_RUNS=1000000 npm test src/rules/yaml-documents.test.ts` for a long run. */
// biome-ignore lint/style/noProcessEnv: the only way to tell a test file something
const numRuns = Number(process.env.FUZZ_RUNS ?? 3_000);

const wide: YamlLimits = {
  length: 1e6,
  lexemes: 1e6,
  entries: 1e6,
  lexeme: 1e6,
  depth: 1e3,
  properties: 1e6,
  repeated: 1e6,
  documents: 1e6,
  mistakes: 1e6,
};

/**
 * Pieces of YAML that meet in every way: what is left out of a text must not change what it says.
 */
const piece = fc.constantFrom(
  'a',
  'b: ',
  'c:\n',
  '- ',
  '? ',
  ': ',
  ' ',
  '  ',
  '\n',
  '\n\n',
  '\r\n',
  '\t',
  ',',
  '# x\n',
  ' # x\n',
  '  #\n',
  '    # y\n',
  '#\n',
  'd: e # z\n',
  '- f # z\n',
  ' \n',
  '\t\n',
  '&g ',
  '*g',
  '!h ',
  '[',
  ']',
  '{',
  '}',
  '"',
  "'",
  '"i"',
  "'j'",
  '|\n',
  '>-\n',
  '|2+ # k\n',
  '  l\n',
  '    m: n\n',
  '- - ',
  '---\n',
  '--- # o\n',
  '...\n',
  '%YAML 1.2\n',
  '\ufeff',
  '\x02',
  '\x1f',
);
const yamlText = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''));

const options = {
  prettyErrors: false,
  schema: 'core',
  stringKeys: true,
  uniqueKeys: false,
  resolveKnownTags: false,
} as const;

test('a text reads the same without its comments and blank lines', () => {
  fc.assert(
    fc.property(yamlText, (text) => {
      // After a blank line the library takes this for an empty key, elsewhere, as YAML does, for a
      // mapping as a key.
      fc.pre(!/\?[ \t]+:/.test(text));
      const expected = parseAllDocuments(text, options);
      const found = [...new YamlReader(wide).read(text)];
      const whole = Array.isArray(expected) ? expected : [];
      expect(isBroken(found)).toBe(isBroken(whole));
      if (!isBroken(found)) expect(found.map(describe)).toEqual(whole.map(describe));
    }),
    { numRuns },
  );
});

test.each(['[a]#b', 'a: "b"#c', '{a: b}#c\n', '\ta: b', 'a:\n\tb: c'])(
  '%j is a mistake all the same',
  (text) => {
    expect([...new YamlReader(wide).read(text)][0]?.errors).not.toEqual([]);
  },
);

/**
 * Without two that are the library's own: to YAML a tab in a blank line is not indentation, and a
 * comment at the beginning of a line is separated from what is before it.
 */
function isBroken(documents: readonly Document[]): boolean {
  return documents
    .flatMap(({ errors }) => errors)
    .some(
      ({ code, message }) =>
        code !== 'TAB_AS_INDENT' && !message.startsWith('Comments must be separated'),
    );
}

/** Everything that anybody reads of a document. */
function describe({ contents, warnings }: Document): unknown {
  const mistakes = warnings.map(({ code, message, pos }) => [code, message, pos[0]]);
  return { contents: describeNode(contents), mistakes };
}

function describeNode(node: unknown): unknown {
  if (isPair(node)) return { key: describeNode(node.key), value: describeNode(node.value) };
  if (isAlias(node)) return { alias: node.source, at: node.range?.slice(0, 2) };
  if (isScalar(node)) {
    const { value, source, type, anchor, tag, range } = node;
    // What is empty has no place of its own.
    return { value, source, type, anchor, tag, at: source === '' ? undefined : range?.slice(0, 2) };
  }
  if (!isCollection(node)) return node;
  const { items, anchor, tag, range, flow } = node;
  return { items: items.map(describeNode), anchor, tag, flow, at: range?.[0] };
}

test('documents are read one after the other, up to a limit', () => {
  const reader = new YamlReader({ ...wide, documents: 2 });
  expect([...reader.read('a: 1\n---\nb: 2\n---\nc: 3\n')].length).toBeLessThanOrEqual(2);
  expect(reader.excess).toMatchObject({ message: 'there are more than 2 documents', offset: 14 });
});

test('a text that may hold one document always holds one', () => {
  expect([...new YamlReader({ ...wide, documents: 1 }).read('# nothing\n')]).toHaveLength(1);
  expect([...new YamlReader(wide).read('# nothing\n')]).toEqual([]);
});
