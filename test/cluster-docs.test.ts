import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadRules } from '../src/rules/load.ts';

const guides = ['install', 'eks', 'platforms', 'air-gapped', 'runbook', 'promises'].map(
  (name) => `docs/${name}.md`,
);
const read = (file: string) => readFileSync(file, 'utf8');
const unique = (found: Iterable<string>) => [...new Set(found)].toSorted();

describe('the tests that docs/promises.md names exist', () => {
  test.each(namedTests(read('docs/promises.md')))('%s "%s"', (file, title) => {
    expect(titlesIn(file).some((each) => each.includes(title))).toBe(true);
  });

  test('none that does not would be found', () => {
    expect(namedTests('`a.test.ts` "one", "two"; `b.test.ts` "three" (more)')).toEqual([
      ['a.test.ts', 'one'],
      ['a.test.ts', 'two'],
      ['b.test.ts', 'three'],
    ]);
    expect(titlesIn('test/cluster-docs.test.ts')).toContain('none that does not would be found');
  });

  test('a row without a test says so', () => {
    // Tables of figures are no promises.
    const tables = read('docs/promises.md').matchAll(/^\|.*\| test +\|\n\|[| -]+\n((?:\|.*\n)+)/gm);
    const promises = [...tables].flatMap(([, rows = '']) => rows.trimEnd().split('\n'));
    expect(promises.length).toBeGreaterThan(50);
    expect(promises.filter((row) => !/\.test\.ts` "|not tested here/.test(row))).toEqual([]);
  });
});

test('the runbook has a chapter for each alert, and for no other', () => {
  const alerts = read('deploy/chart/templates/alerts.yaml').matchAll(/- alert: (\w+)/g);
  const chapters = read('docs/runbook.md').matchAll(/^#+ (Detour\w+)$/gm);
  const wanted = unique([...alerts].map(([, name = '']) => name));
  expect(unique([...chapters].map(([, name = '']) => name))).toEqual(wanted);
  expect(wanted).toContain('DetourDown');
});

describe.each(guides)('%s', (file) => {
  const text = read(file);

  test('sets values that the chart has', () => {
    const values = parse(read('deploy/chart/values.yaml'));
    for (const path of valuesIn(text)) expect(hasValue(values, path), path).toBe(true);
  });

  test('links lead somewhere', () => {
    for (const [, link = ''] of text.matchAll(/\]\((?!https?:)([^)]*)\)/g)) {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? file : join(dirname(file), path);
      expect(existsSync(target), link).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(target), link).toContain(anchor);
    }
  });

  test('shows rules that hold', () => {
    for (const [, block = ''] of text.matchAll(/^```yaml\n(version: 1\n.*?)^```/gms)) {
      expect(loadRules(block).diagnostics).toEqual([]);
    }
  });
});

test('a value that the chart does not have would be found', () => {
  const values = { image: { tag: '' }, annotations: {} };
  const commands = "--set image.tag=1 --set 'annotations.a\\.b/c=x' --set-file image.tags=f";
  const paths = valuesIn(commands);
  expect(paths).toEqual(['annotations.a\\.b/c', 'image.tag', 'image.tags']);
  expect(paths.map((path) => hasValue(values, path))).toEqual([true, true, false]);
});

/** Each test that a text names: the titles behind a file are all of that file. */
function namedTests(text: string): [file: string, title: string][] {
  const groups = text.matchAll(/`([\w./-]+\.test\.ts)`((?:,? "[^"]+")+)/g);
  return [...groups].flatMap(([, file = '', titles = '']) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']): [string, string] => [file, title]),
  );
}

/** What a test file calls its tests and groups: the first arguments of calls that are text. */
function titlesIn(file: string): string[] {
  return [...read(file).matchAll(/\(\s*(['"`])(.*?)\1,/g)].map(([, , title = '']) => title);
}

/** The paths of `--set` and its like, also where they stand in a sentence. */
function valuesIn(text: string): string[] {
  const settings = text.matchAll(/--set(?:-file|-string)? '?([^\s=']+)=/g);
  return unique([...settings].map(([, path = '']) => path));
}

/** An empty object in values.yaml takes any key. */
function hasValue(values: unknown, path: string): boolean {
  let value = values;
  for (const key of path.split(/(?<!\\)\./)) {
    if (typeof value !== 'object' || value === null) return false;
    if (Object.keys(value).length === 0) return true;
    if (!(key in value)) return false;
    value = (value as Record<string, unknown>)[key];
  }
  return true;
}

/** As GitHub makes them of headings. */
function anchorsOf(file: string): string[] {
  return [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
