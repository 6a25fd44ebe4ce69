import { describe, expect, test } from 'vitest';
import { admitsNamespace, matchesGlob } from './glob.ts';
import { nearest } from './nearest.ts';

test.each([
  ['a', 'a', true],
  ['a', 'b', false],
  ['*', '', true],
  ['*', 'abc', true],
  ['team-*', 'team-a', true],
  ['team-*', 'team', false],
  ['*-prod', 'a-prod', true],
  ['a*b*c', 'aXbYc', true],
  ['a*b*c', 'aXbY', false],
  ['?', 'a', true],
  ['?', '', false],
  ['a?c', 'abc', true],
  ['a.c', 'abc', false],
  // A character beyond U+FFFF is one, as it is for the API server.
  ['?', '\u{1f600}', true],
  ['??', '\u{1f600}', false],
  ['a?c', 'a\u{1f600}c', true],
  ['*?', '\u{1f600}', true],
  ['*???', '\u{1f600}a', false],
  ['', '', true],
  ['', 'a', false],
  ['**', 'x', true],
  ['a*', 'ba', false],
])('%j takes %j: %j', (glob, text, matches) => {
  expect(matchesGlob(glob, text)).toBe(matches);
});

test('matching many stars against a long name ends', () => {
  expect(matchesGlob(`${'a*'.repeat(50)}b`, 'a'.repeat(5000))).toBe(false);
});

describe('namespaces', () => {
  test.each([
    [undefined, 'x', true],
    [{}, 'x', true],
    [{ include: ['team-*'] }, 'team-a', true],
    [{ include: ['team-*'] }, 'x', false],
    [{ include: [] }, 'x', false],
    [{ exclude: ['kube-*'] }, 'kube-system', false],
    [{ include: ['kube-*'], exclude: ['kube-system'] }, 'kube-system', false],
    [{ include: ['kube-*'], exclude: ['kube-system'] }, 'kube-public', true],
  ])('%j admits %s: %j', (filter, namespace, admits) => {
    expect(admitsNamespace(filter, namespace)).toBe(admits);
  });
});

test.each([
  ['form', 'from'],
  ['mirrors', 'mirror'],
  ['LIBRARY', 'library'],
  ['too', 'to'],
  ['nothing-near', undefined],
  ['', undefined],
])('nearest to %j is %j', (word, known) => {
  expect(nearest(word, ['from', 'to', 'mirror', 'library'])).toBe(known);
});
