import { expect, test } from 'vitest';
import { readLabelSelectors } from './label-selector.ts';

test.each([
  ['team', [{ key: 'team', operator: 'Exists' }]],
  ['!batch', [{ key: 'batch', operator: 'DoesNotExist' }]],
  ['! example.com/batch', [{ key: 'example.com/batch', operator: 'DoesNotExist' }]],
  ['team=a', [{ key: 'team', operator: 'In', values: ['a'] }]],
  ['team == a', [{ key: 'team', operator: 'In', values: ['a'] }]],
  ['team!=a', [{ key: 'team', operator: 'NotIn', values: ['a'] }]],
  ['team=', [{ key: 'team', operator: 'In', values: [''] }]],
  ['env in (prod, dev)', [{ key: 'env', operator: 'In', values: ['prod', 'dev'] }]],
  ['env notin (prod)', [{ key: 'env', operator: 'NotIn', values: ['prod'] }]],
  [
    'env in (prod,dev),!batch,team=a',
    [
      { key: 'env', operator: 'In', values: ['prod', 'dev'] },
      { key: 'batch', operator: 'DoesNotExist' },
      { key: 'team', operator: 'In', values: ['a'] },
    ],
  ],
])('reads %j', (selector, expected) => {
  expect(readLabelSelectors('--object-selector', [selector])).toEqual(expected);
});

test('several selectors are one list, and none is an empty one', () => {
  expect(readLabelSelectors('--object-selector', ['a', 'b'])).toMatchObject([
    { key: 'a' },
    { key: 'b' },
  ]);
  expect(readLabelSelectors('--object-selector')).toEqual([]);
});

test.each([
  '',
  'a,',
  ',a',
  'a b',
  'a>1',
  'env in prod',
  'env in (a',
  'env in (a))',
  'env in ((a)',
  'env in (a b)',
  '-a',
  'Example.com/a',
  '/a',
  'a/',
  'a=b c',
  'a=b=c',
  `${'a'.repeat(64)}`,
  `a=${'b'.repeat(64)}`,
  '!a=b',
  'a={}',
])('refuses %j', (selector) => {
  expect(() => readLabelSelectors('--object-selector', [selector])).toThrow(
    /^--object-selector takes a label selector such as/,
  );
});
