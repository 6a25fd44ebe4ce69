import { describe, expect, test } from 'vitest';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { lostPullSecrets } from './lost-pull-secrets.ts';

const ruleSet = loadRules(`
version: 1
registries:
  mirror.example/quay: { pullSecrets: [mirror] }
rules:
  - from: docker.io
    to: mirror.example/hub
  - from: quay.io
    to: mirror.example/quay
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
  ['https://ghcr.io', 'ghcr.io/team/app', 'eu.mirror.example/ghcr/team/app'],
  ['ghcr.io/te', 'ghcr.io/team/app', 'eu.mirror.example/ghcr/team/app'],
  ['https://me@*cr.io/v2/?a', 'ghcr.io/team/app', 'eu.mirror.example/ghcr/team/app'],
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
    'gets one by registries',
    [secret('mine', 'quay.io'), secret('mirror', 'mirror.example')],
    'quay.io/x',
  ],
  [
    'has one for a part of the mirror that the image is in',
    [secret('mine', 'ghcr.io'), secret('more', 'eu.mirror.example/ghcr')],
    'ghcr.io/x',
  ],
  [
    'has one with a wildcard in a part of the host',
    [secret('mine', 'ghcr.io'), secret('more', 'e*.mirror*.example')],
    'ghcr.io/x',
  ],
  ['had none for the origin', [secret('mine', 'other.io')], 'ghcr.io/x'],
  ['had one for another part of the origin', [secret('mine', 'ghcr.io/zzz')], 'ghcr.io/x'],
  ['had one for the origin in capitals', [secret('mine', 'https://GHCR.io')], 'ghcr.io/x'],
  [
    'had one that kubelets do not read',
    [{ ...secret('mine', 'ghcr.io'), type: 'Opaque' }],
    'ghcr.io/x',
  ],
  ['has an image that stays', [secret('mine', 'other.io')], 'other.io/x'],
  ['goes to the origin', [secret('mine', 'ghcr.io')], 'direct.to/ghcr.io/x'],
  ['names a secret that is not given', [], 'ghcr.io/x'],
])('nothing is reported if the Pod %s', (_, secrets, image) => {
  expect(lost(...secrets, pod(image, 'mine', 'more'))).toEqual([]);
});

test.each([
  'eu.mirror.example/other',
  'eu.mirror.example:443',
  '*.eu.mirror.example',
  'https://EU.mirror.example',
])('a login for %s is not one for the mirror', (name) => {
  const secrets = [secret('mine', 'ghcr.io'), secret('more', name)];
  expect(lost(...secrets, pod('ghcr.io/x', 'mine', 'more'))).toHaveLength(1);
});

test('an image that is never pulled needs no Secret', () => {
  const never = pod('ghcr.io/x', 'mine');
  Object.assign(never.spec.containers[0] as object, { imagePullPolicy: 'Never' });
  expect(lost(secret('mine', 'ghcr.io'), never)).toEqual([]);
});

test('a Secret that another image of the Pod brings counts', () => {
  const both = pod('ghcr.io/x', 'mine');
  both.spec.containers.push({ name: 'side', image: 'quay.io/y' });
  const secrets = [secret('mine', 'ghcr.io'), secret('mirror', '*.example', '*.mirror.example')];
  expect(lost(...secrets, pod('ghcr.io/x', 'mine'))).toHaveLength(1);
  expect(lost(...secrets, both)).toEqual([]);
});

describe('what is missing', () => {
  const missing = (...objects: object[]) =>
    lostPullSecrets(objects, ruleSet).map(({ missing, expected }) => [missing, expected]);

  test('a name in registries, if a Secret of the namespace has the login', () => {
    const secrets = [secret('mine', 'ghcr.io'), secret('regcred', 'eu.mirror.example/ghcr')];
    expect(missing(...secrets, pod('ghcr.io/x', 'mine'))).toEqual([
      [
        'registries',
        'regcred in pullSecrets under registries, eu.mirror.example: that Secret has the login',
      ],
    ]);
  });

  test('a Secret, if none of the namespace has the login', () => {
    const other = { ...secret('regcred', 'eu.mirror.example'), metadata: { name: 'regcred' } };
    expect(missing(secret('mine', 'ghcr.io'), other, pod('ghcr.io/x', 'mine'))).toEqual([
      [
        'secret',
        'a Secret in namespace a with a login for eu.mirror.example, and its name in pullSecrets under registries, eu.mirror.example',
      ],
    ]);
  });

  test('a Secret, if the one that registries names is not in the namespace', () => {
    expect(missing(secret('mine', 'quay.io'), pod('quay.io/x', 'mine'))).toEqual([
      ['secret', 'Secret mirror in namespace a, with a login for mirror.example'],
    ]);
  });

  test('a login, if the Secret that registries names is only for another part of the mirror', () => {
    const secrets = [secret('mine', 'quay.io'), secret('mirror', 'mirror.example/other')];
    expect(missing(...secrets, pod('quay.io/x', 'mine'))).toEqual([
      ['login', 'an entry for mirror.example in Secret mirror in namespace a'],
    ]);
  });
});

test('what is not an object of Kubernetes is skipped', () => {
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
