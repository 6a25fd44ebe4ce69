import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fullRules } from '../../../test/support/full-rules.ts';
import { loadRules } from '../../rules/load.ts';
import { type Slice, SlicedValue, sendInSlices } from './value-slices.ts';

/** Returns the value as it arrives in another thread, and its slices. */
function sent<Value>(value: Value): { arrived: Value; slices: readonly Slice[] } {
  const slices: Slice[] = [];
  sendInSlices(value, (slice) => slices.push(structuredClone(slice)));
  const sliced = new SlicedValue();
  for (const slice of slices) sliced.add(slice);
  return { arrived: sliced.value as Value, slices };
}

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(undefined, null, true, false, 0, -1, 1.5, Number.POSITIVE_INFINITY, Number.NaN),
    fc.string(),
    fc.array(tie('value')),
    fc.array(tie('value')).map((values) => new Set(values)),
    fc.array(fc.tuple(tie('value'), tie('value'))).map((entries) => new Map(entries)),
    fc
      .dictionary(fc.oneof(fc.string(), fc.constant('__proto__')), tie('value'))
      .map((object) => Object.fromEntries(Object.entries(object))),
  ),
}));

test('any value arrives as it was sent', () => {
  fc.assert(
    fc.property(value, (one) => {
      expect(sent(one).arrived).toStrictEqual(one);
    }),
  );
});

test('an object that appears twice is one object', () => {
  const one = { key: 'value' };
  const { arrived } = sent({ list: [one, one], map: new Map([['one', one]]) });
  expect(arrived.list[0]).toBe(arrived.list[1]);
  expect(arrived.map.get('one')).toBe(arrived.list[0]);
});

test('what another thread could not use is not sent', () => {
  expect(() => sent({ key: () => 1 })).toThrow('cannot be sent in slices');
  expect(() => sent([new Date()])).toThrow('cannot be sent in slices');
});

test('the rules of a large file arrive whole, in slices of which each is small', () => {
  const rule = (_: unknown, n: number) =>
    `  - from: [quay.io/org/app-${n}, "*.example/x-${n}"]\n    to: m.example/q/app-${n}\n    namespaces: {include: [a]}\n`;
  const text = `version: 1\nregistries: {m.example: {pullSecrets: [a]}}\nrules:\n${Array.from({ length: 2_000 }, rule).join('')}`;
  const loaded = loadRules(text);
  const { arrived, slices } = sent(loaded);
  expect(loaded.ruleSet?.rules).toHaveLength(4_000);
  expect(arrived).toStrictEqual(loaded);
  expect(slices.length).toBeGreaterThan(10);
  // A Map or a list counts as one item, however much it holds: it is filled in little time.
  const sizes = slices.map((slice) => slice.filter((item) => item.length < 1_000).flat().length);
  expect(Math.max(...sizes)).toBeLessThan(6_000);
});

test.each([
  ['rules with everything that one can say', fullRules],
  ['rules that close every exit', fullRules.replace('\n', '\nexits: none\n')],
  ['rules with a mistake in each', fullRules.replaceAll('from:', 'form:')],
])('%s arrive whole', (_, text) => {
  const loaded = loadRules(text);
  expect(sent(loaded).arrived).toStrictEqual(loaded);
});
