import { expect, test } from 'vitest';
import { formatDiagnostic } from '../../rules/diagnostic.ts';
import { fileLimits, loadRules, type ReadableRules } from '../../rules/load.ts';
import { filterMistakes } from './filter-mistakes.ts';

/** Returns the mistakes in `sync` of a rules file whose first line is `sync:`. */
async function mistakes(text: string): Promise<string[]> {
  let found: Promise<readonly string[]> = Promise.resolve([]);
  const examine = (readable: ReadableRules) => {
    found = filterMistakes(readable).then((all) => all.map((one) => formatDiagnostic('f', one)));
    return [];
  };
  loadRules(`${text}\nversion: 1\nrules: []\n`, fileLimits, examine);
  return [...(await found)];
}

test('patterns, ranges and names with tags are reported at their places', async () => {
  const text = `sync:
  images:
    - nginx:1.27
    - {from: "redis:7", tags: {}}
    - {from: "redis:7", overwrite: never}
    - from: redis@sha256:${'a'.repeat(64)}
      tags:
        pattern: "^7(?=x)"
        semver: ">=01"
  lists:
    - a.txt
    - {file: b.txt, tags: {pattern: "7[", semver: ">=99999999999999999999"}}
    - {file: c.txt, tags: {pattern: "(?P<major>7)[.]\\\\d+", semver: ">=7.2 <8"}}`;
  expect(await mistakes(text)).toMatchInlineSnapshot(`
    [
      "f:4:14: error wrong-value: sync.images[1].from has a tag, but tags choose among all tags of a repository (expected a repository without tag and digest, or no tags)",
      "f:6:13: error wrong-value: sync.images[3].from has a digest, but tags choose among all tags of a repository (expected a repository without tag and digest, or no tags)",
      "f:8:18: error wrong-value: sync.images[3].tags.pattern is not a pattern: invalid or unsupported Perl syntax: \`(?=\` (expected a regular expression of RE2, see https://github.com/google/re2/wiki/Syntax)",
      "f:9:17: error wrong-value: sync.images[3].tags.semver is not a range of versions (expected a range such as >=7.2 <8, ^1.4 or 1.x || 3.x, without leading zeros)",
      "f:12:37: error wrong-value: sync.lists[1].tags.pattern is not a pattern: missing closing ]: \`[\` (expected a regular expression of RE2, see https://github.com/google/re2/wiki/Syntax)",
      "f:12:51: error wrong-value: sync.lists[1].tags.semver is not a range of versions (expected a range such as >=7.2 <8, ^1.4 or 1.x || 3.x, without leading zeros)",
    ]
  `);
});

test('other mistakes in the file hide none of these', async () => {
  const text = 'mirrors: m\nsync: {images: [{from: redis, tags: {pattern: "*"}}]}';
  expect(await mistakes(text)).toEqual([expect.stringContaining('missing argument to repetition')]);
});

test.each(['pattern', 'semver'])('%s has a longest form', async (key) => {
  const text = (length: number) =>
    `sync: {images: [{from: redis, tags: {${key}: "${'1'.repeat(length - 1)}|"}}]}`;
  const [found] = await mistakes(text(1_001).replaceAll('|', key === 'semver' ? ' ' : '|'));
  expect(found).toContain(`${key} has 1001 characters (expected at most 1000)`);
});
