import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { fromFragment, isOnlyOnThisMachine, toFragment } from './share.ts';
import { defaultWebhook } from './webhook-choices.ts';

const shared = {
  rules: 'version: 1\n# 规则 🚧\n',
  input: 'busybox\n',
  namespace: 'a',
  tab: 'patch',
  selected: 2,
  filter: 'keep',
  target: 'containerd',
  file: 'certs.d/quay.io/hosts.toml',
  webhook: {
    url: 'https://hook.example',
    kubernetes: 30,
    failurePolicy: 'Fail',
    kubeSystem: 'included',
  },
} as const;

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

test('a link of an earlier version, which has fewer keys, is still read', async () => {
  const { rules, input, namespace, tab } = shared;
  const earlier = { rules, input, namespace, tab };
  expect(await fromFragment(linkTo(JSON.stringify(earlier)))).toEqual({
    ...earlier,
    selected: 0,
    filter: '',
    target: '',
    file: '',
    webhook: defaultWebhook,
  });
});

test('what a link chooses and nobody offers is as by default', async () => {
  const strange = { ...shared, selected: -1.5, filter: 1, webhook: { failurePolicy: 'x', url: 3 } };
  const found = await fromFragment(linkTo(JSON.stringify(strange)));
  expect(found).toMatchObject({ selected: 0, filter: '', webhook: defaultWebhook });
});

test.each([
  ['file:///home/me/index.html', true],
  ['http://127.0.0.1:8081/playground', true],
  ['http://127.1.2.3/', true],
  ['http://[::1]:8081/', true],
  ['http://localhost:8081/', true],
  ['http://detour.localhost/', true],
  ['http://127.0.0.1.example/', false],
  ['https://localhost.example/', false],
  ['https://tools.example/playground', false],
  ['http://10.1.2.3/', false],
])('others cannot open %s: %s', (address, expected) => {
  expect(isOnlyOnThisMachine(new URL(address))).toBe(expected);
});
