import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Lexer, Parser } from 'yaml';
import { defaultRulesText } from './default.ts';
import { isNestedDeeper, mostNesting } from './nesting.ts';

/** How deep the parser really goes. */
function nesting(text: string): number {
  const parser = new Parser();
  let deepest = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme));
    deepest = Math.max(deepest, parser.stack.length);
  }
  return deepest;
}

const pieces = [
  ...['- ', '-\t', '-', '? ', '?', ': ', ':', 'a: ', 'a:', 'b', '&x ', '*x ', '!t ', '| ', '>-'],
  ...['[', ']', '{', '}', ',', '"', "'", '#', ' # ', '--- ', '...', '\n', '\n', '\r\n', '\r'],
  ...[' ', '  ', '    ', '\t', '\n- ', '\n  - ', '\na:\n- ', '\n  a: ', '\u2028', '\u00a0'],
];

test('no text is nested deeper than is said', () => {
  const text = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((all) => all.join(''));
  const holds = fc.property(text, (each) => nesting(each) <= mostNesting(each));
  fc.assert(holds, { numRuns: 20_000 });
});

test.each(['- '.repeat(60), '? '.repeat(60), 'a: '.repeat(60), '['.repeat(60), '{a: '.repeat(60)])(
  'nor one of nothing but %j',
  (text) => {
    expect(nesting(text)).toBeLessThanOrEqual(mostNesting(text));
  },
);

test('of an ordinary file nothing has to be read for it', () => {
  expect(mostNesting(defaultRulesText)).toBeLessThanOrEqual(32);
});

test('who looks like it is read', () => {
  const flat = Array.from({ length: 50 }, (_, n) => `- {from: r${n}.example, to: [m]}`).join('\n');
  expect(mostNesting(flat)).toBeGreaterThan(32);
  expect(isNestedDeeper(flat, 32)).toBe(false);
  expect(isNestedDeeper('['.repeat(40), 32)).toBe(true);
  expect(isNestedDeeper('- '.repeat(40), 32)).toBe(true);
});
