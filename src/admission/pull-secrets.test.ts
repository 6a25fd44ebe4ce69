import { describe, expect, test } from 'vitest';
import { reviewBody } from '../../test/support/admission-review.ts';
import { answerReview } from '../../test/support/answer-review.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';

const { ruleSet } = loadRules(`
version: 1
mirror: mirror.example
namespaces: { exclude: [closed] }
registries:
  \${mirror}:
    pullSecrets: [mirror]
  mirror.example/team:
    pullSecrets: [team, mirror]
  mirror.example/open:
    pullSecrets: []
  kept.io:
    pullSecrets: [kept]
  docker.io:
    pullSecrets: [hub]
  my_reg.example:
    pullSecrets: [underscore]
rules:
  - from: quay.io
    to: mirror.example/quay
  - from: gcr.io
    to: mirror.example/team
  - from: ghcr.io
    to: mirror.example/open
  - from: kept.io
    keep: true
`);

interface Given {
  readonly spec?: object;
  readonly container?: object;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly namespace?: string;
  readonly operation?: string;
}

function secretsFor(images: readonly string[], given: Given = {}): unknown[] {
  const { spec, container, annotations, namespace = 'default', operation = 'CREATE' } = given;
  const podOf = (list: readonly string[]) => ({
    metadata: { name: 'p', ...(annotations && { annotations }) },
    spec: {
      ...spec,
      containers: list.map((image, index) => ({ ...container, name: `c${index}`, image })),
    },
  });
  const request = {
    uid: 'u',
    operation,
    namespace,
    object: podOf(images),
    ...(operation === 'UPDATE' && { oldObject: podOf(['old:1']) }),
  };
  const { body } = answerReview(reviewBody(request), ruleSet as RuleSet);
  const { patch } = (JSON.parse(body) as { response: { patch?: string } }).response;
  if (patch === undefined) return [];
  const operations = JSON.parse(Buffer.from(patch, 'base64').toString()) as { path: string }[];
  return operations.filter(({ path }) => path.startsWith('/spec/imagePullSecrets'));
}

const list = '/spec/imagePullSecrets';
const added = (...names: string[]) => [
  { op: 'add', path: list, value: names.map((name) => ({ name })) },
];

test('a Pod without pull secrets gets those of the registries of its images, each once', () => {
  expect(secretsFor(['quay.io/a', 'gcr.io/b', 'quay.io/c'])).toEqual(added('mirror', 'team'));
  expect(secretsFor(['gcr.io/b', 'kept.io/a', 'quay.io/a'])).toEqual(
    added('team', 'mirror', 'kept'),
  );
});

test('those that it has stay, and none is added twice', () => {
  const spec = { imagePullSecrets: [{ name: 'own' }, { name: 'mirror' }] };
  expect(secretsFor(['gcr.io/b'], { spec })).toEqual([
    { op: 'add', path: `${list}/-`, value: { name: 'team' } },
  ]);
  expect(secretsFor(['quay.io/a'], { spec })).toEqual([]);
  expect(secretsFor(['quay.io/a'], { spec: { imagePullSecrets: [] } })).toEqual([
    { op: 'add', path: `${list}/-`, value: { name: 'mirror' } },
  ]);
});

describe('the registry from which an image is pulled decides, whichever rule named it', () => {
  test.each([
    ['an image that a rule rewrote', 'quay.io/a', ['mirror']],
    ['one that was written with the name of the mirror', 'mirror.example/quay/a:1', ['mirror']],
    [
      'the same, in capitals and with a digest',
      `MIRROR.example/x@sha256:${'a'.repeat(64)}`,
      ['mirror'],
    ],
    ['a part of the mirror', 'mirror.example/team/a', ['team', 'mirror']],
    ['not a name that begins like that part', 'mirror.example/teams/a', ['mirror']],
    ['an image that a rule keeps', 'kept.io/b', ['kept']],
    ['one that no rule matches', 'busybox', ['hub']],
    ['Docker Hub under its other names', 'registry-1.docker.io/a/b', ['hub']],
    ['one that goes to its origin', 'direct.to/kept.io/a', ['kept']],
    ['a host with an underscore', 'my_reg.example/a', ['underscore']],
  ])('%s', (_, image, names) => {
    expect(secretsFor([image])).toEqual(added(...names));
  });

  test.each([
    ['a part of the mirror without a login', ['ghcr.io/a', 'mirror.example/open/b']],
    ['a registry that the file does not name', ['other.io/b', 'direct.to/quay.io/a']],
    ['another port', ['mirror.example:5000/a']],
  ])('none: %s', (_, images) => {
    expect(secretsFor(images)).toEqual([]);
  });
});

describe('an image that was kept before any rule was asked brings no secret', () => {
  const image = 'mirror.example/a';
  test.each<[string, Given]>([
    ['never pulled', { container: { imagePullPolicy: 'Never' } }],
    ['kept by an annotation', { annotations: { 'image-detour/bypass': 'c0' } }],
    ['in a static Pod', { annotations: { 'kubernetes.io/config.mirror': 'x' } }],
    ['sent to its origin before', { annotations: { 'image-detour/direct': `c/c0=${image}` } }],
    ['in a namespace that the file leaves alone', { namespace: 'closed' }],
  ])('%s', (_, given) => {
    expect(secretsFor([image], given)).toEqual([]);
  });

  test.each(['auto', 'mirror.example/A', 'direct.to/mirror.example/A'])('%s', (name) => {
    expect(secretsFor([name])).toEqual([]);
  });
});

test('a Pod that exists is given none: the API server would refuse the change', () => {
  expect(secretsFor(['quay.io/a'], { operation: 'UPDATE' })).toEqual([]);
});

test('asked again, the webhook adds nothing', () => {
  const spec = { imagePullSecrets: [{ name: 'mirror' }, { name: 'kept' }] };
  const annotations = { 'image-detour/direct': 'c/c1=kept.io/b' };
  expect(secretsFor(['mirror.example/quay/a', 'kept.io/b'], { spec, annotations })).toEqual([]);
});
