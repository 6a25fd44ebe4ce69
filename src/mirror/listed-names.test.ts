import { expect, test } from 'vitest';
import { ListedNames } from './listed-names.ts';

const repository = { registry: 'm.example', name: 'hub/app' };
const hex = 'a'.repeat(64);
const other = 'b'.repeat(64);

test('a tag is listed if a list names it, or if it belongs to a digest that is known', () => {
  const names = new ListedNames();
  names.add({ repository, tag: '1', digest: undefined }, undefined, `sha256:${hex}`);
  const kindOf = names.kindsIn(repository);
  expect(kindOf('1')).toBe('listed');
  expect(kindOf('2')).toBe('unlisted');
  for (const tag of [`sha256-${hex}`, `sha256-${hex}.sig`, `sha256-${hex}.sbom`, `detour-${hex}`])
    expect(kindOf(tag)).toBe('listed');
  for (const tag of [`sha256-${other}`, `sha256-${other}.att`])
    expect(kindOf(tag)).toBe('referrers');
  for (const tag of [`detour-${other}`, `sha256-${other}.zip`, `sha256-${hex.slice(1)}.sig`])
    expect(kindOf(tag)).toBe('unlisted');
});

test('names count in their own repository', () => {
  const names = new ListedNames();
  names.add({ repository, tag: undefined, digest: `sha256:${hex}` });
  const elsewhere = names.kindsIn({ ...repository, name: 'hub/other' });
  expect(elsewhere(`sha256-${hex}.sig`)).toBe('referrers');
  expect(elsewhere('1')).toBe('unlisted');
  expect(names.repositories()).toEqual([repository]);
});
