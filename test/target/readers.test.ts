import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { buildWebhookConfiguration } from '../../src/admission/webhook-configuration.ts';
import { findImages } from '../../src/manifest/find-images.ts';
import { writeYaml } from '../../src/manifest/write-yaml.ts';
import { compileRules } from '../../src/rules/compile.ts';
import type { RulesFile } from '../../src/rules/schema.ts';
import { targets } from '../../src/target/all.ts';
import { pattern, quote, text } from '../../src/target/cel/literal.ts';
import { defaultSettings, type TargetOptions } from '../../src/target/contract/options.ts';
import { tomlString, tomlStrings } from '../../src/target/node/toml.ts';
import { caCertificate } from '../support/ca-certificate.ts';
import { readEverywhere, type Written } from './rig/readers.ts';

/* What is written must say the same to every reader, whatever texts users put into it. */

const scale = Number(process.env.SCALE ?? 1);
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`readers: SEED=${seed}`);

/** Texts that some reader takes for something else if they are written as they are. */
const tricky = fc.constantFrom(
  '',
  ' ',
  'y',
  'No',
  'on',
  'OFF',
  'true',
  '~',
  'null',
  'Null',
  '.inf',
  '-.INF',
  '.nan',
  'nan',
  '1',
  '-1',
  '+1',
  '1e5',
  '1_000',
  '0x1F',
  '0o17',
  '017',
  '0b11',
  '1:30',
  '1.5',
  '12e03',
  '_1',
  '2001-12-14',
  '2001-12-14t21:59:43.10-05:00',
  '=',
  '<<',
  '- a',
  'a: b',
  'a:',
  ':a',
  '# a',
  'a #b',
  'a# b',
  ' a',
  'a ',
  '---',
  '--- a',
  '...',
  'a\n---\nb',
  'a\n...\nb: c',
  '%YAML 1.1',
  '*a',
  '&a',
  '!a',
  '!!binary a',
  '|',
  '>-',
  '"',
  "'",
  '\\',
  'a\\',
  '{',
  '[',
  ',',
  '?',
  '? a',
  'a\n',
  '\na',
  'a\n\nb',
  ' a\nb',
  'a\n b',
  'a \nb',
  'a\r\nb',
  '\t',
  'a\tb',
  '@a',
  '`a',
  '-',
  'x\u2028      expression: true || true\u2028      #',
  'a\u2029b',
  'a\x85b',
  '\ufeffa',
  'a\ufeff',
  '\x7f',
  '\0',
  '\x1b[31m',
  '\xa0',
  '\u200b',
  '\u202e',
  '\ufffe',
  '\uffff',
  '\ud800',
  'a\udfff',
  '\u{1f469}\u200d\u{1f4bb}',
  '\u{e0041}',
  '\u{10ffff}',
  '\u{1fffe}',
  'é',
  '中文',
  'مرحبا',
  'a'.repeat(1_100),
  '\u2028'.repeat(300),
  'b '.repeat(200),
);
const halves = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 })
  .map((codes) => String.fromCharCode(...codes));
const anyText = fc.oneof(
  tricky,
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: 'binary-ascii', maxLength: 30 }),
  halves,
  fc.array(tricky, { maxLength: 3 }).map((parts) => parts.join('')),
);

const samples = <T>(of: fc.Arbitrary<T>, count: number): T[] =>
  fc.sample(of, { numRuns: count * scale, seed });

/** What can be written of a text: half of a surrogate pair is no character. */
const whole = (text: string) => text.replace(/\p{Cs}/gu, '\ufffd');

const anyObject = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    anyText,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(anyText, tie('value'), { maxKeys: 4 }),
}));

function wholeValue(value: unknown): unknown {
  if (typeof value === 'string') return whole(value);
  if (Array.isArray(value)) return value.map(wholeValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [whole(key), wholeValue(item)]),
  );
}

/** Fails for the first text that a reader reads in another way. */
function expectAgreement(written: readonly Written[], expected: readonly unknown[]): void {
  const found = readEverywhere(written);
  for (const [index, { text }] of written.entries()) {
    expect(found[index]?.length).toBeGreaterThan(0);
    for (const [reader, value] of found[index] ?? [])
      expect({ reader, text, value }).toEqual({ reader, text, value: expected[index] });
  }
}

const readBack = (text: string): unknown[] =>
  (parseAllDocuments(text) as ReturnType<typeof parseAllDocuments> & unknown[]).map((document) => {
    expect(document).toMatchObject({ errors: [], warnings: [] });
    return (document as { toJS(): unknown }).toJS();
  });

describe('YAML', () => {
  test('any text is read back unchanged as a key, as a value, in a list and as an expression', () => {
    const objects = samples(anyText, 600).map((text) => ({
      [`k${text}`]: text,
      [whole(text)]: [text, { expression: text, a: { [`b${text}`]: [[text]] } }],
    }));
    const form = { isExpression: (key: string) => key === 'expression' };
    const written = objects.map((object) => ({
      format: 'yaml' as const,
      text: writeYaml([object], form),
    }));
    const expected = objects.map((object) => [wholeValue(object)]);
    expectAgreement(written, expected);
    for (const [index, { text }] of written.entries())
      expect(readBack(text)).toEqual(expected[index]);
  });

  test('any object is itself', () => {
    const lists = samples(fc.array(anyObject.object, { minLength: 1, maxLength: 3 }), 300).map(
      (list) => list.map((object) => ({ a: object, ...(object as object) })),
    );
    const written = lists.map((list) => ({ format: 'yaml' as const, text: writeYaml(list) }));
    expectAgreement(written, lists.map(wholeValue) as unknown[]);
    for (const [index, { text }] of written.entries())
      expect(readBack(text)).toEqual(wholeValue(lists[index]));
  });

  test('expressions are blocks, if they can be', () => {
    const object = { expression: 'a ||\n"b" + "中文"\n\n&& c', message: 'a\nb' };
    const text = writeYaml([object], { isExpression: (key) => key === 'expression' });
    expect(text).toBe('expression: |-\n  a ||\n  "b" + "中文"\n\n  && c\nmessage: "a\\nb"\n');
  });
});

const texts = fc.array(anyText, { minLength: 1, maxLength: 2 });
const filter = fc.record({ include: texts, exclude: texts }, { requiredKeys: [] });
const anyFile: fc.Arbitrary<RulesFile> = fc
  .record({
    deny: anyText,
    owners: texts,
    labels: fc.dictionary(anyText, anyText, { maxKeys: 3 }),
    namespaces: filter,
    ofRule: filter,
    annotate: fc.boolean(),
  })
  .map(({ deny, owners, labels, namespaces, ofRule, annotate }) => ({
    version: 1,
    mirror: 'm.example:5000',
    annotate,
    namespaces,
    skip: { owners, labels },
    registries: {
      'm.example:5000': { plainHttp: true, pullSecrets: ['a'] },
      '[::1]:5000': { ca: caCertificate },
    },
    rules: [
      { from: 'docker.io', to: '${mirror}/hub', library: 'always' },
      { from: 'quay.io/a', deny: deny === '' ? 'no' : deny },
      { from: 'quay.io', to: '${mirror}/quay', namespaces: ofRule },
      { from: '*.example', to: '${mirror}/${registry}' },
      { from: '[::1]:5000', keep: true },
    ],
  }));

const options: Required<TargetOptions> = {
  ...defaultSettings,
  name: 'detour',
  mirrorOnly: true,
  url: 'https://detour.example:8443/external-data',
  caBundle: 'PEM',
  images: findImages(
    'spec: {containers: [{name: a, image: nginx}, {name: b, image: quay.io/x:1}]}',
  ).images.map((image) => ({ ...image, file: 'pod.yaml' })),
};

test.each(targets)('all read the same in the output of compile $name', (target) => {
  const documents = samples(anyFile, 25).flatMap((file) => {
    // As the loader would compile it, if it did not refuse characters that nobody sees.
    const { ruleSet } = compileRules(file);
    if (ruleSet === undefined) throw new Error(JSON.stringify(file));
    return target.compile(ruleSet, options).documents;
  });
  const yaml = documents.filter(({ path }) => path.endsWith('.yaml'));
  const toml = documents.filter(({ path }) => /\.(toml|conf)$/.test(path));
  const others = documents.filter(({ path }) => /\.(json|txt|crt)$/.test(path));
  expect(yaml.length + toml.length + others.length).toBe(documents.length);
  expect(documents.length).toBeGreaterThan(0);
  expectAgreement(
    yaml.map(({ text }) => ({ format: 'yaml', text })),
    yaml.map(({ text }) => readBack(text)),
  );
  // No reader of TOML is here that is written in JavaScript: the others are compared with the
  // first.
  const written = toml.map(({ text }) => ({ format: 'toml' as const, text }));
  const first = readEverywhere(written).map((found) => found[0]?.[1]);
  for (const value of first) expect(value).toEqual(expect.any(Object));
  expectAgreement(written, first);
});

test('all read the same in a webhook configuration', () => {
  const written = samples(fc.tuple(anyText, anyText, texts), 100).map(([name, url, namespaces]) => {
    const configuration = buildWebhookConfiguration({
      name,
      address: { url },
      caBundle: 'PEM',
      kubernetes: 36,
      failurePolicy: 'Fail',
      timeoutSeconds: 5,
      excludedNamespaces: namespaces,
    });
    return { format: 'yaml' as const, text: writeYaml([configuration]) };
  });
  expectAgreement(
    written,
    written.map(({ text }) => [parse(text)]),
  );
});

test('TOML: any text is itself as a key, as a value and in a list', () => {
  const values = samples(anyText, 500).map(whole);
  const written = values.map((text) => ({
    format: 'toml' as const,
    text: `[a.${tomlString(text)}]\nb = ${tomlString(text)}\nc = ${tomlStrings([text, text])}\n`,
  }));
  expectAgreement(
    written,
    values.map((text) => ({ a: { [text]: { b: text, c: [text, text] } } })),
  );
});

test('CEL: any text is itself, and a pattern matches it', () => {
  const values = samples(anyText, 500).map(whole);
  const written = values.map((value) => ({
    format: 'cel' as const,
    text: `${text(value)}.matches(${pattern(`^${quote(value)}$`)}) ? ${text(value)} : "no match"`,
  }));
  expectAgreement(written, values);
});
