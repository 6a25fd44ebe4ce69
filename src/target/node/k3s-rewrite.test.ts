import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadRules } from '../../rules/load.ts';
import { defaultSettings } from '../contract/options.ts';
import { rewritesOf } from './k3s-rewrite.ts';
import { hostMirrors } from './mirrors-by-host.ts';

const segment = fc.constantFrom('a', 'ab', 'abc', 'b-c', 'b.c', 'b_c', 'library', 'lib');
const path = (minLength: number) =>
  fc.array(segment, { minLength, maxLength: 4 }).map((segments) => segments.join('/'));

/**
 * As k3s does it, whatever the order: each expression that matches, with what it makes of the
 * repository.
 */
function rewrite(rewrites: Record<string, string>, repository: string): string[] {
  return Object.entries(rewrites).flatMap(([pattern, to]) => {
    const expression = new RegExp(pattern);
    return expression.test(repository) ? [repository.replace(expression, to)] : [];
  });
}

test('exactly one expression matches: that of the longest path above a repository', () => {
  const paths = fc.uniqueArray(path(1), { maxLength: 6 });
  fc.assert(
    fc.property(paths, path(1), (froms, repository) => {
      const all = ['', ...froms].map((from, index) => ({ from, to: `mirror${index}` }));
      const above = all.filter(
        ({ from }) => from === '' || repository === from || repository.startsWith(`${from}/`),
      );
      const longest = above.reduce((a, b) => (b.from.length > a.from.length ? b : a));
      const rest = repository.slice(longest.from.length).replace(/^\//, '');
      expect(rewrite(rewritesOf(all), repository)).toEqual([
        rest === '' ? longest.to : `${longest.to}/${rest}`,
      ]);
    }),
    { numRuns: 500 },
  );
});

test('library/ goes only from the names directly below it', () => {
  const deeper = fc.uniqueArray(path(1), { maxLength: 4 });
  fc.assert(
    fc.property(deeper, path(1), (froms, repository) => {
      const parts = froms.map((from, index) => ({ from: `library/${from}`, to: `part${index}` }));
      const all = [{ from: '', to: 'm' }, { from: 'library', to: 'm', isOfficial: true }, ...parts];
      const image = `library/${repository}`;
      const [longest] = parts
        .filter(({ from }) => image === from || image.startsWith(`${from}/`))
        .sort((a, b) => b.from.length - a.from.length);
      const official = repository.includes('/') ? `m/${image}` : `m/${repository}`;
      expect(rewrite(rewritesOf(all), image)).toEqual([
        longest === undefined ? official : longest.to + image.slice(longest.from.length),
      ]);
    }),
    { numRuns: 500 },
  );
});

test('what goes to the top of the mirror keeps what follows', () => {
  const rewrites = rewritesOf([
    { from: '', to: '' },
    { from: 'team', to: '' },
    { from: 'team/a', to: 'b' },
  ]);
  expect(rewrite(rewrites, 'other/x')).toEqual(['other/x']);
  expect(rewrite(rewrites, 'team/x')).toEqual(['x']);
  expect(rewrite(rewrites, 'team/a/x')).toEqual(['b/x']);
});

describe('the time grows with the rules, not with their square, which would be half a minute', () => {
  const many = Array.from({ length: 20_000 }, (_, index) => index);
  /** Of the processor: other work on the machine does not count. */
  const seconds = (work: () => unknown) => {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  };

  test('for parts of one registry', () => {
    const parts = many.map((index) => ({ from: `team${index}`, to: `other${index}` }));
    expect(seconds(() => rewritesOf([{ from: '', to: '' }, ...parts]))).toBeLessThan(5);
  });

  test('for registries that each have a part', { timeout: 60_000 }, () => {
    const rules = many.flatMap((index) => [
      { from: `r${index}.example`, to: `mirror.example/r${index}` },
      { from: `r${index}.example/part`, to: `mirror.example/p${index}` },
    ]);
    const { ruleSet } = loadRules(JSON.stringify({ version: 1, bypass: false, rules }));
    const abilities = { other: true, deny: false, parts: true, mirrorOnly: false };
    expect(seconds(() => hostMirrors(ruleSet!, defaultSettings, abilities))).toBeLessThan(2);
  });
});
