import { expect, test } from 'vitest';
import { reviewBody } from '../../test/support/admission-review.ts';
import { answerReview } from '../../test/support/answer-review.ts';
import { type Exit, exitNames } from '../rules/exit-names.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';

const file = {
  version: 1,
  skip: {
    owners: ['Cluster'],
    labels: { app: 'operator' },
    annotations: { 'example.com/raw': ['true', 'yes'] },
  },
  namespaceRules: { to: ['team.example'] },
  rules: [
    { from: 'docker.io', to: 'm.example' },
    { from: 'evil.example', deny: 'not mirrored' },
    { from: 'direct.to', deny: 'the bypass is closed' },
  ],
};

function load(rules: object): RuleSet {
  const { ruleSet } = loadRules(JSON.stringify(rules));
  return ruleSet as RuleSet;
}

const teamRules = load({
  version: 1,
  bypass: false,
  rules: [{ from: 'other.example', to: 'team.example' }],
});

/** Returns what a new Pod pulls, or `denied`. */
function pulls(image: string, metadata: object, ruleSet: RuleSet): unknown {
  const object = {
    metadata: { name: 'p', ...metadata },
    spec: { containers: [{ name: 'a', image }] },
  };
  const request = { uid: 'u', operation: 'CREATE', namespace: 'n', object };
  const namespaceRules = new Map(ruleSet.exits.has('namespaceRules') ? [['n', teamRules]] : []);
  const { body } = answerReview(reviewBody(request), ruleSet, namespaceRules);
  const { response } = JSON.parse(body);
  if (!response.allowed) return 'denied';
  const patch = response.patch === undefined ? [] : JSON.parse(atob(response.patch));
  return patch.find(({ path }: { path: string }) => path.endsWith('/image'))?.value ?? image;
}

const direct = { annotations: { 'image-detour/direct': 'c/a=busybox' } };
const cases: readonly {
  readonly exit: Exit;
  readonly image: string;
  readonly metadata?: object;
  readonly open: string;
  readonly closed: string;
}[] = [
  { exit: 'bypass', image: 'direct.to/evil.example/x', open: 'evil.example/x', closed: 'denied' },
  {
    exit: 'bypass',
    image: 'busybox',
    metadata: direct,
    open: 'busybox',
    closed: 'm.example/busybox',
  },
  {
    exit: 'annotation',
    image: 'evil.example/x',
    metadata: { annotations: { 'image-detour/bypass': 'true' } },
    open: 'evil.example/x',
    closed: 'denied',
  },
  {
    exit: 'annotation',
    image: 'busybox',
    metadata: { annotations: { 'image-detour/bypass': 'b, a' } },
    open: 'busybox',
    closed: 'm.example/busybox',
  },
  {
    exit: 'annotation',
    image: 'busybox',
    metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } },
    open: 'busybox',
    closed: 'm.example/busybox',
  },
  {
    exit: 'owners',
    image: 'busybox',
    metadata: { ownerReferences: [{ apiVersion: 'x/v1', kind: 'Cluster', name: 'c', uid: 'u' }] },
    open: 'busybox',
    closed: 'm.example/busybox',
  },
  {
    exit: 'label',
    image: 'busybox',
    metadata: { labels: { app: 'operator' } },
    open: 'busybox',
    closed: 'm.example/busybox',
  },
  {
    exit: 'annotation',
    image: 'busybox',
    metadata: { annotations: { 'example.com/raw': 'yes' } },
    open: 'busybox',
    closed: 'm.example/busybox',
  },
  { exit: 'placeholder', image: 'auto', open: 'auto', closed: 'm.example/auto' },
  {
    exit: 'namespaceRules',
    image: 'other.example/x',
    open: 'team.example/x',
    closed: 'other.example/x',
  },
];

test.each(cases)('$exit lets $image through only if it is open', (each) => {
  const others = exitNames.filter((name) => name !== each.exit);
  const { image, metadata = {} } = each;
  expect(pulls(image, metadata, load(file))).toBe(each.open);
  expect(pulls(image, metadata, load({ ...file, exits: [each.exit] }))).toBe(each.open);
  expect(pulls(image, metadata, load({ ...file, exits: others }))).toBe(each.closed);
  expect(pulls(image, metadata, load({ ...file, exits: 'none' }))).toBe(each.closed);
});

test('without a bypass nothing writes a mark, so one that is there is forged', () => {
  expect(pulls('busybox', direct, load({ ...file, bypass: false }))).toBe('m.example/busybox');
});

const everything = [{ from: '*', to: 'm.example/${registry}' }];

test.each([`evil.com/${'a'.repeat(245)}`, '[::1]:5000/x'])(
  'with every exit closed, %s is denied, because it cannot be rewritten',
  (image) => {
    const rules = { version: 1, rules: everything };
    expect(pulls(image, {}, load(rules))).toBe(image);
    expect(pulls(image, {}, load({ ...rules, exits: ['label'] }))).toBe(image);
    expect(pulls(image, {}, load({ ...rules, exits: 'none' }))).toBe('denied');
  },
);

test('a denial for what cannot be written says so', () => {
  const request = {
    uid: 'u',
    operation: 'CREATE',
    object: { metadata: {}, spec: { containers: [{ name: 'a', image: '[::1]:5000/x' }] } },
  };
  const strict = load({ version: 1, exits: 'none', rules: everything });
  expect(JSON.parse(answerReview(reviewBody(request), strict).body).response.status.message).toBe(
    'image-detour: c/a [::1]:5000/x: its name in the mirror would not be a valid image reference',
  );
});

test('the copy of a static Pod that a node made is left alone all the same', () => {
  const object = {
    metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } },
    spec: { containers: [{ name: 'a', image: 'evil.example/x' }] },
  };
  const answerTo = (groups: readonly string[]) => {
    const request = { uid: 'u', operation: 'CREATE', userInfo: { groups }, object };
    const { body } = answerReview(reviewBody(request), load({ ...file, exits: 'none' }));
    return JSON.parse(body).response.allowed;
  };
  expect(answerTo(['system:nodes', 'system:authenticated'])).toBe(true);
  expect(answerTo(['system:authenticated'])).toBe(false);
  expect(answerTo([])).toBe(false);
});
