import { expect, test } from 'vitest';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { syncImages, syncLists } from './sync-section.ts';

function rules(sync: object): RuleSet {
  const { ruleSet } = loadRules(`version: 1\nrules: []\nsync: ${JSON.stringify(sync)}`);
  return ruleSet as RuleSet;
}

test('an entry with tags is a repository, with what it says about them', () => {
  const tags = { include: ['7*'], exclude: ['*-rc*'], pattern: '7.*', semver: '7', latest: 3 };
  const images = [
    'nginx:1.27',
    { from: 'redis', tags: {} },
    { from: 'redis', tags: { ...tags, newerThan: '90d' }, overwrite: 'never' },
    { from: 'redis:7', immutable: ['7.*'], overwrite: '12h' },
  ];
  expect(syncImages(rules({ images }))).toEqual([
    { image: 'nginx:1.27', isRepository: false, place: 'sync.images[0]' },
    { image: 'redis', isRepository: true, place: 'sync.images[1]', choice: { tags: {} } },
    {
      image: 'redis',
      isRepository: true,
      place: 'sync.images[2]',
      choice: { tags: { ...tags, newerThan: 7_776_000_000 }, overwrite: 'never' },
    },
    {
      image: 'redis:7',
      isRepository: false,
      place: 'sync.images[3]',
      choice: { immutable: ['7.*'], overwrite: { within: 43_200_000 } },
    },
  ]);
});

test('a list is a name, or a name with what holds for its lines', () => {
  const lists = ['a.txt', { file: 'b.txt' }, { file: 'c.txt', tags: {}, overwrite: '10d' }];
  expect(syncLists(rules({ lists }))).toEqual([
    { file: 'a.txt' },
    { file: 'b.txt', choice: {} },
    { file: 'c.txt', choice: { tags: {}, overwrite: { within: 864_000_000 } } },
  ]);
  expect(syncLists(rules({}))).toEqual([]);
});

test.each([
  ['30m', 1_800_000, '30m'],
  ['90m', 5_400_000, '90m'],
  ['48h', 172_800_000, '2d'],
  ['36h', 129_600_000, '36h'],
  ['90d', 7_776_000_000, '90d'],
])('%s is %i ms', (text, milliseconds, formatted) => {
  expect(parseDuration(text)).toBe(milliseconds);
  expect(formatDuration(milliseconds)).toBe(formatted);
});
