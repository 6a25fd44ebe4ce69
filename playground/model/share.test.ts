import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { fromFragment, toFragment } from './share.ts';

const shared = {
  rules: 'version: 1\n# 规则 🚧\n',
  input: 'busybox\n',
  namespace: 'a',
  tab: 'patch',
};

test('a link brings back what it was made of', async () => {
  const fragment = await toFragment(shared);
  expect(fragment).toMatch(/^#1\.[\w-]+$/);
  expect(await fromFragment(fragment ?? '')).toEqual(shared);
});

test('what is too long for a link makes none', async () => {
  const noise = Array.from({ length: 50_000 }, () => Math.random().toString(36)).join('');
  expect(await toFragment({ ...shared, input: noise })).toBeUndefined();
});

/** A link to anything. */
function linkTo(text: string): string {
  return `#1.${deflateRawSync(text).toString('base64url')}`;
}

test.each([
  '',
  '#results',
  '#1.',
  '#1.====',
  '#1.AAAA',
  linkTo('no JSON'),
  linkTo('null'),
  linkTo('{"rules": "x"}'),
  linkTo('{"rules": 1, "input": "", "namespace": "", "tab": ""}'),
])('another fragment (%.40s) brings nothing', async (fragment) => {
  expect(await fromFragment(fragment)).toBeUndefined();
});

test('a link that unpacks to very much brings nothing', async () => {
  const input = 'x'.repeat(50_000_000);
  expect(await fromFragment(linkTo(JSON.stringify({ ...shared, input })))).toBeUndefined();
});

test('nothing but what is known is taken from a link', async () => {
  const more = { ...shared, __proto__: null, other: 'x' };
  expect(await fromFragment(linkTo(JSON.stringify(more)))).toEqual(shared);
});
