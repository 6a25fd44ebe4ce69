import { expect, test } from 'vitest';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { lostPullSecrets } from './lost-pull-secrets.ts';

const ruleSet = loadRules(`
version: 1
rules:
  - from: docker.io
    to: mirror.example/hub
  - from: quay.io
    to: mirror.example/quay
    pullSecrets: [mirror]
  - from: [ghcr.io, b_c.example]
    to: eu.mirror.example/ghcr
`).ruleSet as RuleSet;

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64');
const secret = (name: string, ...hosts: string[]) => ({
  kind: 'Secret',
  metadata: { name, namespace: 'a' },
  data: { '.dockerconfigjson': base64({ auths: Object.fromEntries(hosts.map((h) => [h, {}])) }) },
});
const pod = (image: string, ...secrets: string[]) => ({
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'a' },
  spec: {
    containers: [{ name: 'app', image }],
    imagePullSecrets: secrets.map((name) => ({ name })),
  },
});
const lost = (...objects: object[]) =>
  lostPullSecrets(objects, ruleSet).map(({ place, becomes, secrets }) => [place, becomes, secrets]);

test.each([
  ['https://index.docker.io/v1/', 'team/app:1', 'mirror.example/hub/team/app:1'],
  ['docker.io', 'busybox', 'mirror.example/hub/busybox'],
  ['quay.io', 'quay.io/team/app', 'mirror.example/quay/team/app'],
  ['https://GHCR.io', 'ghcr.io/team/app', 'eu.mirror.example/ghcr/team/app'],
  ['b_c.example', 'b_c.example/team/app', 'eu.mirror.example/ghcr/team/app'],
])('a Pod with a secret for %s loses it for %s', (host, image, becomes) => {
  expect(lost(secret('mine', host), pod(image, 'mine'))).toEqual([['c/app', becomes, ['mine']]]);
});

test('of the older form as well', () => {
  const old = { ...secret('mine'), data: { '.dockercfg': base64({ 'ghcr.io': {} }) } };
  expect(lost(old, pod('ghcr.io/x', 'mine'))).toHaveLength(1);
});

test.each([
  ['has one for both', [secret('mine', 'ghcr.io', 'eu.mirror.example')], 'ghcr.io/x'],
  [
    'has another for the mirror',
    [secret('mine', 'ghcr.io'), secret('more', '*.mirror.example')],
    'ghcr.io/x',
  ],
  [
    'gets one by the rule',
    [secret('mine', 'quay.io'), secret('mirror', 'mirror.example')],
    'quay.io/x',
  ],
  ['had none for the origin', [secret('mine', 'other.io')], 'ghcr.io/x'],
  ['has an image that stays', [secret('mine', 'other.io')], 'other.io/x'],
  ['goes to the origin', [secret('mine', 'ghcr.io')], 'direct.to/ghcr.io/x'],
  ['names a secret that is not given', [], 'ghcr.io/x'],
])('nothing is said where the Pod %s', (_, secrets, image) => {
  expect(lost(...secrets, pod(image, 'mine', 'more'))).toEqual([]);
});

test('what is no object of Kubernetes is passed over', () => {
  const broken = [
    null,
    5,
    'x',
    [],
    {},
    { kind: 'Pod' },
    { kind: 'Secret', data: { '.dockercfg': '!' } },
  ];
  expect(lostPullSecrets(broken, ruleSet)).toEqual([]);
});
