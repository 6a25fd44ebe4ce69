import jsonpatch from 'fast-json-patch';
import { describe, expect, test } from 'vitest';
import { reviewBody } from '../../test/support/admission-review.ts';
import { answerReview } from '../../test/support/answer-review.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';

type Texts = Readonly<Record<string, string>>;

interface Pod {
  readonly metadata: { readonly name: string; readonly annotations?: Texts };
  readonly spec: object;
}

const originals = 'image-detour/original-images';
const became = 'image-detour/rewritten-images';

function rulesOf(rules: object[], more: object = {}): RuleSet {
  const { ruleSet } = loadRules(JSON.stringify({ version: 1, annotate: true, rules, ...more }));
  return ruleSet as RuleSet;
}

const old = rulesOf([{ from: 'docker.io', to: 'old.test' }]);
const changed: Readonly<Record<string, RuleSet>> = {
  'to another mirror': rulesOf([{ from: 'docker.io', to: 'new.test' }]),
  'to keep': rulesOf([{ from: 'docker.io', keep: true }]),
  'to deny': rulesOf([{ from: '*', deny: 'no' }]),
  'to deny, without exits': rulesOf([{ from: '*', deny: 'no' }], { exits: 'none' }),
  'to leave out the namespace': rulesOf([{ from: 'docker.io', to: 'new.test' }], {
    namespaces: { exclude: ['n'] },
  }),
};

const container = (image: string, name = 'app') => ({ name, image });
const podOf = (...containers: readonly object[]): Pod => ({
  metadata: { name: 'p' },
  spec: { containers },
});

/** Returns the Pod that is stored; undefined if it is refused. */
function stored(ruleSet: RuleSet, object: Pod, oldObject?: Pod): Pod | undefined {
  const operation = oldObject === undefined ? 'CREATE' : 'UPDATE';
  const body = reviewBody({ operation, namespace: 'n', object, oldObject });
  const { response } = JSON.parse(answerReview(body, ruleSet).body);
  if (!response.allowed) return undefined;
  const patch = response.patch === undefined ? [] : JSON.parse(atob(response.patch));
  return jsonpatch.applyPatch(structuredClone(object), patch, true).newDocument;
}

/** Writes the images of a file into a Pod that runs, as `kubectl apply` does. */
function applied(running: Pod | undefined, { spec }: Pod): Pod {
  return { ...(running as Pod), spec };
}

describe.each(Object.entries(changed))('after a rule has changed %s', (_, ruleSet) => {
  const file = {
    ...podOf(container('busybox'), container('direct.to/nginx', 'direct')),
    spec: {
      containers: [container('busybox'), container('direct.to/nginx', 'direct')],
      initContainers: [container('redis:7', 'init')],
      volumes: [{ name: 'app', image: { reference: 'team/data:1' } }],
    },
  };
  const running = stored(old, file) as Pod;

  test('applying the unchanged file leaves what runs', () => {
    const after = stored(ruleSet, applied(running, file), running);
    expect(after?.spec).toEqual(running.spec);
  });

  test('so does a file that spells the same images otherwise', () => {
    const respelled = structuredClone(file);
    respelled.spec.containers[0] = container('docker.io/library/busybox:latest');
    const after = stored(ruleSet, applied(running, respelled), running);
    expect(after?.spec).toEqual(running.spec);
  });

  test('so does replacing the Pod by the file, and once more', () => {
    const replaced = stored(ruleSet, file, running) as Pod;
    expect(replaced.spec).toEqual(running.spec);
    expect(stored(ruleSet, file, replaced)?.spec).toEqual(running.spec);
  });

  test('another image is decided by the rules of now', () => {
    const written = podOf(container('busybox:2'), container('nginx', 'direct'));
    const before = stored(old, podOf(container('busybox'), container('direct.to/nginx', 'direct')));
    const [image] = imagesOf(stored(ruleSet, applied(before, written), before));
    const [fresh] = imagesOf(stored(ruleSet, written));
    expect(image).toBe(fresh);
  });
});

function imagesOf(pod: Pod | undefined): unknown[] {
  const { containers = [] } = (pod?.spec ?? {}) as { containers?: { image: string }[] };
  return containers.map(({ image }) => image);
}

test('what was sent to its origin is marked again, even if the Pod is replaced', () => {
  const file = podOf(container('direct.to/nginx'), container('busybox', 'other'));
  const running = stored(old, file) as Pod;
  const ruleSet = changed['to another mirror'] as RuleSet;
  expect(stored(ruleSet, applied(running, file), running)).toEqual(running);
  expect(stored(ruleSet, file, running)).toEqual(running);
});

const elsewhere = rulesOf([{ from: 'docker.io', to: 'new.test' }]);
const record = (original: string, rewritten: string) => ({
  [originals]: JSON.stringify({ app: original }),
  [became]: JSON.stringify({ app: rewritten }),
});

/** Returns what an update to `written` of a Pod that runs `image` stores. */
function update(image: string, annotations: Texts, written: string, ruleSet = elsewhere): unknown {
  const running = { metadata: { name: 'p', annotations }, spec: podOf(container(image)).spec };
  return imagesOf(stored(ruleSet, applied(running, podOf(container(written))), running))[0];
}

test('a digest that another webhook added to what runs stays', () => {
  const digest = `@sha256:${'d'.repeat(64)}`;
  const image = `old.test/busybox:latest${digest}`;
  expect(update(image, record('busybox', 'old.test/busybox'), 'busybox')).toBe(image);
});

test.each([
  ['what runs is not what was made of the original', 'old.test/x', 'busybox'],
  ['another image is written', 'old.test/busybox', 'busybox:1'],
  ['a digest is written for the tag', 'old.test/busybox', `busybox@sha256:${'d'.repeat(64)}`],
])('the rules decide if %s', (_, image, written) => {
  const after = update(image, record('busybox', 'old.test/busybox'), written);
  expect(after).toMatch(/^new\.test\/busybox/);
});

test.each([
  ['is not there', {}],
  ['has no original', { [became]: '{"app":"old.test/busybox"}' }],
  ['says nothing of what became of it', { [originals]: '{"app":"busybox"}' }],
  ['is not a mapping', { [originals]: '["busybox"]', [became]: '["old.test/busybox"]' }],
  ['is of another place', { [originals]: '{"x":"busybox"}', [became]: '{"x":"old.test/busybox"}' }],
  ['is larger than any that is written', record('busybox', `old.test/${'x'.repeat(66_000)}`)],
])('the rules decide if the record %s', (_, annotations) => {
  expect(update('old.test/busybox', annotations, 'busybox')).toBe('new.test/busybox');
});

test('the rules decide unless the rules file has annotate: true', () => {
  const ruleSet = rulesOf([{ from: 'docker.io', to: 'new.test' }], { annotate: false });
  const annotations = record('busybox', 'old.test/busybox');
  expect(update('old.test/busybox', annotations, 'busybox', ruleSet)).toBe('new.test/busybox');
});

test('a forged record leaves what runs, and lets no image in', () => {
  const strict = rulesOf([{ from: '*', deny: 'no' }], { exits: 'none' });
  const image = 'old.test/busybox';
  expect(update(image, record('evil.test/x', image), 'evil.test/x', strict)).toBe(image);
  expect(update(image, record('evil.test/x', 'evil.test/x'), 'evil.test/x', strict)).toBe(
    undefined,
  );
});

test('a new Pod with a forged record is decided by the rules', () => {
  const annotations = record('busybox', 'evil.test/x');
  const pod = { metadata: { name: 'p', annotations }, spec: podOf(container('busybox')).spec };
  expect(imagesOf(stored(elsewhere, pod))).toEqual(['new.test/busybox']);
});

test('an annotation that keeps images as written goes before the record', () => {
  const annotations = { ...record('busybox', 'old.test/busybox'), 'image-detour/bypass': 'app' };
  expect(update('old.test/busybox', annotations, 'busybox')).toBe('busybox');
});

test('so does a placeholder, unless it is an image like any other', () => {
  const annotations = record('auto', 'old.test/proxy');
  expect(update('old.test/proxy', annotations, 'auto')).toBe('auto');
  const closed = rulesOf([{ from: 'docker.io', to: 'new.test' }], { exits: ['bypass'] });
  expect(update('old.test/proxy', annotations, 'auto', closed)).toBe('old.test/proxy');
});
