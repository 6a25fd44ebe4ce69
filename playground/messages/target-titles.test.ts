import { expect, test } from 'vitest';
import { targets } from '../../src/target/all.ts';
import { en } from './en.ts';
import { zh } from './zh.ts';

const names = targets.map(({ name }) => name);

test('every target has a title in Chinese', () => {
  expect(Object.keys(zh.targetTitles).toSorted()).toEqual(names.toSorted());
  for (const title of Object.values(zh.targetTitles)) expect(title).not.toBe('');
});

test('the English title is that of the target itself', () => {
  expect(en.targetTitles).toEqual({});
});
