import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { everyKey, items, keys, readJson, type Shape, whole } from './read-json.ts';
import { JsonSyntaxError } from './skip-json.ts';

const shape = keys({
  a: whole,
  b: keys({ a: whole, c: items(whole) }),
  d: items(keys({ a: whole })),
  '': everyKey,
});

/** What the shape names of a parsed value: the definition that the reader is held against. */
function pick(value: unknown, { keys: wanted, items: item, hasEveryKey }: Shape): unknown {
  if (wanted === undefined && item === undefined) return value;
  if (item !== undefined)
    return Array.isArray(value) ? value.map((one) => pick(one, item)) : undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  if (hasEveryKey) return value;
  const picked: Record<string, unknown> = {};
  for (const { key, shape: inner } of wanted ?? []) {
    if (Object.hasOwn(value, key)) picked[key] = pick(value[key as keyof typeof value], inner);
  }
  return picked;
}

function tryParse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function tryRead(text: string): { value: unknown } | undefined {
  try {
    return { value: readJson(text, shape) };
  } catch (error) {
    expect(error instanceof JsonSyntaxError || error instanceof SyntaxError).toBe(true);
    return undefined;
  }
}

const key = fc.constantFrom('a', 'b', 'c', 'd', '__proto__', 'é"\\\n', '');
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium' },
    fc.jsonValue({ maxDepth: 1 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    fc.array(tie('tree'), { maxLength: 4 }),
  ),
}));

test('reads of any JSON what JSON.parse gives of it, spaced or not', () => {
  fc.assert(
    fc.property(tree, fc.constantFrom(undefined, 1, '\t', ' \n'), (value, space) => {
      const text = JSON.stringify(value, undefined, space);
      expect(readJson(text, shape)).toEqual(pick(JSON.parse(text), shape));
    }),
    { numRuns: 5000 },
  );
});

test('accepts damaged text only where JSON.parse does, but for what stands inside of strings', () => {
  const damage = fc.tuple(
    fc.nat(),
    fc.nat(3),
    fc.constantFrom(
      '',
      '"',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '1',
      'e',
      '-',
      '.',
      'null',
      '\\',
      ' ',
      '\0',
    ),
  );
  fc.assert(
    fc.property(tree, damage, (value, [at, length, insert]) => {
      const text = JSON.stringify(value);
      const start = at % (text.length + 1);
      const damaged = text.slice(0, start) + insert + text.slice(start + length);
      const parsed = tryParse(damaged);
      const read = tryRead(damaged);
      if (parsed !== undefined) expect(read).toEqual({ value: pick(parsed.value, shape) });
      // Bad escapes and control characters may pass where nothing is read: without them, what is
      // left is no JSON to either.
      else if (read !== undefined) expect(damaged).toMatch(/\\|\0/);
    }),
    { numRuns: 10_000 },
  );
});

describe('text', () => {
  test.each([
    '',
    ' ',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '[1,]',
    '[',
    ']',
    '{]',
    '[}',
    '{"x":[1}',
    '{"x":{"y":1]}',
    '{a:1}',
    "{'a':1}",
    '{"a" 1}',
    '{"a":1 "b":2}',
    '{"a":01}',
    '{"a":+1}',
    '{"a":1.}',
    '{"a":.5}',
    '{"a":1e}',
    '{"a":nul}',
    '{"a":True}',
    '{"a":"x}',
    '{} {}',
    '{}x',
    '\ufeff{}',
    'undefined',
    'NaN',
    '{"a":"\\x"}',
  ])('%j is no JSON', (text) => {
    expect(tryParse(text)).toBeUndefined();
    expect(tryRead(text)).toBeUndefined();
  });

  test.each([
    ['{"a":1,"a":2}', { a: 2 }],
    ['{"\\u0061":1}', { a: 1 }],
    ['{"a":"\\"\\\\"}', { a: '"\\' }],
    ['{"x":"\\\\","a":1}', { a: 1 }],
    ['{"x":"\\\\\\"","a":1}', { a: 1 }],
    ['{"b":[],"d":{}}', { b: undefined, d: undefined }],
    ['{"d":[1,{"a":2},null]}', { d: [undefined, { a: 2 }, undefined] }],
    ['{"__proto__":{"a":1}}', {}],
    ['5', undefined],
    ['null', undefined],
  ])('%s', (text, value) => {
    expect(readJson(text, shape)).toEqual(value);
  });

  test('as deep as the API server accepts, and no deeper', () => {
    const nested = (depth: number) => `{"x":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(readJson(nested(9_999), shape)).toEqual({});
    expect(() => readJson(nested(1_000_000), shape)).toThrow(JsonSyntaxError);
    expect(() => readJson(`${'{"x":'.repeat(1_000_000)}`, shape)).toThrow(JsonSyntaxError);
  });
});
