import { expect, test } from 'vitest';
import { tomlString, tomlStrings } from './toml.ts';

test.each([
  ['quay.io', '"quay.io"'],
  ['a"b\\c', '"a\\"b\\\\c"'],
  ['tab\tline\nnull\0', '"tab\\tline\\nnull\\u0000"'],
  ['\x7f', '"\\u007f"'],
  ['镜像', '"镜像"'],
])('%j is written %s', (text, written) => {
  expect(tomlString(text)).toBe(written);
});

test('a list of strings', () => {
  expect(tomlStrings(['pull', 'resolve'])).toBe('["pull", "resolve"]');
});
