import { expect, test } from 'vitest';
import { targets } from '../../src/target/all.ts';
import { targetTitlesZh } from './target-titles-zh.ts';

const names = targets.map(({ name }) => name);

test('every target has a title in Chinese', () => {
  expect(Object.keys(targetTitlesZh).toSorted()).toEqual(names.toSorted());
  for (const title of Object.values(targetTitlesZh)) expect(title).not.toBe('');
});
