import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import rcompare from 'semver/functions/rcompare.js';
import satisfies from 'semver/functions/satisfies.js';
import { describe, expect, test } from 'vitest';
import { loadRules } from '../../rules/load.ts';
import type { TagFilter } from '../choice.ts';
import { chooseTags } from './choose-tags.ts';
import { filterMistakes } from './filter-mistakes.ts';

/* What other programs choose of the same tags, by their own tests: see test/fixtures/tag-filters. */

type Constraint = readonly [range: string, version: string, isIn: boolean];

interface TagList {
  readonly name: string;
  readonly input: readonly string[];
  readonly expected: readonly string[];
}
interface SkopeoList extends TagList {
  readonly pattern?: string;
  readonly semver?: string;
}
interface RegsyncList extends TagList {
  readonly semverRange: readonly string[];
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

function fixture<Fixture>(name: string): Fixture {
  return JSON.parse(readFileSync(`test/fixtures/tag-filters/${name}.json`, 'utf8')) as Fixture;
}

async function chosen(tags: readonly string[], filter: TagFilter): Promise<readonly string[]> {
  const listed = tags.map((tag) => ({ tag }));
  return (await chooseTags(listed, filter, new Date())).tags;
}

/** Reports whether the rules file takes a range. */
async function isTaken(semver: string): Promise<boolean> {
  const sync = { images: [{ from: 'app', tags: { semver } }] };
  const { diagnostics } = loadRules(`version: 1\nrules: []\nsync: ${JSON.stringify(sync)}`);
  if (diagnostics.length > 0) return false;
  const file = { version: 1, rules: [], sync } as const;
  return (await filterMistakes({ file, locate: () => ({ line: 1, column: 1 }) })).length === 0;
}

/** Returns the cases to which we give another answer than a table does. */
async function differences(constraints: readonly Constraint[]): Promise<Constraint[]> {
  const found: Constraint[] = [];
  for (const one of constraints) {
    const [semver, version, isIn] = one;
    const isOurs = (await chosen([version], { semver })).length === 1;
    if (isOurs !== isIn) found.push(one);
  }
  return found;
}

async function taken(constraints: readonly Constraint[]): Promise<Constraint[]> {
  const areTaken = await Promise.all(constraints.map(([range]) => isTaken(range)));
  return constraints.filter((_, index) => areTaken[index]);
}

describe('the library of skopeo', () => {
  const { constraints } = fixture<{ constraints: Constraint[] }>('masterminds-semver');

  test('has forms of ranges that are not npm’s, and the rules file refuses them', async () => {
    const known = new Set((await taken(constraints)).map(([range]) => range));
    const others = constraints.map(([range]) => range).filter((range) => !known.has(range));
    // A comma between comparators, !=, a hyphen between versions, a prerelease after less than three
    // numbers, and nothing.
    const form = /,|!=|\d - \d|^[<>=~]*(\*|\d+(\.\d+)?)-\w+$|^$/;
    expect(others.filter((range) => !form.test(range))).toEqual([]);
    expect(known.size).toBeGreaterThan(70);
  });

  test('gives the same answers, except to prereleases', async () => {
    const compared = await taken(constraints);
    expect(compared.length).toBeGreaterThan(150);
    expect(await differences(compared)).toEqual([
      // A range that names a prerelease lets in those of other versions there; with npm, only those
      // of the version that it names.
      ['>1.2.3-alpha.1', '1.3.3-alpha.2', true],
      ['>=0.0.0-0', '3.4.5-beta.1', true],
      ['~1.2.3-beta.2', '1.2.4-beta.2', true],
      ['^1.2.0-alpha.0', '1.2.1-alpha.1', true],
      ['^1.2.0-alpha.0', '1.2.1-alpha.0', true],
      ['^0.2.3-beta.2', '0.2.4-beta.2', true],
      // ~0.0.0 is everything there.
      ['~0.0.0', '1.2.3', true],
      ['>= 1.0.0  <= 2.0.0-beta', '1.0.1-beta', true],
      ['>= 1.0.0  <= 2.0.0-beta || > 3', '1.0.1-beta', true],
      ['>= 1.0.0-0  <= 2.0.0', '1.0.1-beta', true],
      ['^1.1.2-alpha', '1.2.1-beta1', true],
    ]);
  });
});

test.each(fixture<{ lists: SkopeoList[] }>('skopeo').lists)(
  'skopeo: $name',
  async ({ input, expected, pattern, semver }) => {
    const filter = { ...(pattern && { pattern }), ...(semver && { semver }) };
    expect(await chosen(input, filter)).toEqual(expected);
  },
);

test('a pattern of skopeo without anchors needs .* around it, because it matches anywhere', async () => {
  const tags = ['1.13-perl', 'perl', '1.13'];
  expect(await chosen(tags, { pattern: 'perl' })).toEqual(['perl']);
  expect(await chosen(tags, { pattern: '.*perl.*' })).toEqual(['1.13-perl', 'perl']);
});

describe('regsync', () => {
  const { constraints, lists } = fixture<{ constraints: Constraint[]; lists: RegsyncList[] }>(
    'regsync',
  );

  test('gives the same answers to all constraints of its tests', async () => {
    expect(await taken(constraints)).toEqual(constraints);
    expect(await differences(constraints)).toEqual([]);
  });

  /** It lets in prereleases without being asked for them, so that suffixes are no prereleases. */
  const different: Readonly<Record<string, readonly string[]>> = {
    'semver with suffix alpine': [],
    'semver with suffix scratch': [],
    'semver with suffix mixed': ['v1.0.0'],
    'semver with deny on suffixes': ['v1.0.0'],
  };

  test.each(lists)('$name', async ({ name, semverRange, allow, deny, input, expected }) => {
    const filter = {
      ...(semverRange.length > 0 && { semver: semverRange.join(' || ') }),
      ...(allow.length > 0 && { pattern: allow.join('|') }),
      ...(deny.length > 0 && { exclude: deny.map((pattern) => pattern.replaceAll('.*', '*')) }),
    };
    const answer = await chosen(input, filter);
    expect(answer).toEqual(different[name] ?? expected);
    if (name in different) expect(answer).not.toEqual(expected);
  });

  test('takes 1x and x2 for 1|2 too; here, each side is the whole tag', async () => {
    expect(await chosen(['1', '1x', 'x2', '2'], { pattern: '1|2' })).toEqual(['1', '2']);
  });
});

describe("npm's semver, of versions with three numbers", () => {
  const number = fc.integer({ min: 0, max: 12 });
  const identifier = fc.constantFrom('0', '1', '10', 'rc', 'rc1', 'alpha', 'beta-2', 'x');
  const prerelease = fc
    .array(identifier, { minLength: 1, maxLength: 3 })
    .map((all) => all.join('.'));
  const core = fc.tuple(number, number, number).map((parts) => parts.join('.'));
  const version = fc
    .tuple(core, fc.option(prerelease, { nil: undefined, freq: 2 }))
    .map(([numbers, after]) => (after === undefined ? numbers : `${numbers}-${after}`));
  const operator = fc.constantFrom('', '>', '>=', '<', '<=', '=', '^', '~');
  const partial = fc.tuple(number, number).map(([major, minor]) => `${major}.${minor}`);
  const wildcard = fc.constantFrom('*', 'x', '1.x', '2.3.*', 'v3');
  const comparator = fc
    .tuple(operator, fc.oneof(version, version, partial, wildcard))
    .map((parts) => parts.join(''));
  const range = fc
    .array(fc.array(comparator, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
    .map((all) => all.map((one) => one.join(' ')).join(' || '));
  const versions = fc.uniqueArray(version, { minLength: 1, maxLength: 12 });

  test('gives the same answers to random ranges', async () => {
    await fc.assert(
      fc.asyncProperty(versions, range, async (tags, semver) => {
        const expected = tags.filter((tag) => satisfies(tag, semver));
        expect(await chosen(tags, { semver })).toEqual(expected);
        const prefixed = tags.map((tag) => `v${tag}`);
        expect(await chosen(prefixed, { semver })).toEqual(expected.map((tag) => `v${tag}`));
      }),
      { numRuns: 500 },
    );
  });

  test('has the same order', async () => {
    await fc.assert(
      fc.asyncProperty(versions, fc.integer({ min: 1, max: 12 }), async (tags, latest) => {
        const expected = tags.toSorted((a, b) => rcompare(a, b) || (a < b ? -1 : 1));
        expect(await chosen(tags, { latest })).toEqual(expected.slice(0, latest));
      }),
      { numRuns: 200 },
    );
  });
});
