import { describe, expect, test } from 'vitest';
import { defaultRulesText } from '../../src/rules/default.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { finish } from '../../test/support/finish.ts';
import { beforeAfter } from './before-after.ts';
import { findCollisions } from './collisions.ts';
import { readInput, tryInput } from './try-input.ts';

const defaultMirror = '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn';

function tried(text: string, rules = defaultRulesText) {
  return tryInput(readInput(text), loadRules(rules).ruleSet as RuleSet, 'default');
}

/** What becomes of each image. */
function becomes(text: string, rules?: string): string[] {
  return tried(text, rules).trials.map(({ decision }) => `${decision.reason} ${decision.image}`);
}

describe('images are read from', () => {
  test.each([
    ['busybox', ['busybox']],
    ['busybox\r\nquay.io/a\r\n', ['busybox', 'quay.io/a']],
    ['  busybox   1 running\n\n# a comment\nquay.io/a # why', ['busybox', 'quay.io/a']],
    ['- busybox\n- "quay.io/a",', ['busybox', 'quay.io/a']],
    ["    image: 'quay.io/a:v1'", ['quay.io/a:v1']],
    ['localhost:5000/x@sha256:0', ['localhost:5000/x@sha256:0']],
    ['', []],
    ['busybox\nnginx:', ['busybox', 'nginx:']], // half typed
    ['busybox:1 quay.io/a docker.io/x:2', ['busybox:1', 'quay.io/a', 'docker.io/x:2']],
    ['“quay.io/a”', ['quay.io/a']],
    ['Name: web\n    Image:         nginx:1.27\n    Image ID:      x', ['nginx:1.27']],
  ])('%j', (text, images) => {
    const input = readInput(text);
    expect(input.kind === 'images' && input.images.map(({ image }) => image)).toEqual(images);
  });

  test('a text of a million empty lines, at once', () => {
    expect(readInput('\n'.repeat(1_000_000))).toEqual({ kind: 'images', images: [] });
  });

  test.each(['kind: Pod', '{"kind": "Pod"}', '- apiVersion: v1', '---\nspec:\n', '[{}]'])(
    'not from a manifest: %j',
    (text) => {
      expect(readInput(text).kind).toBe('manifest');
    },
  );
});

describe('a manifest', () => {
  const pod = (metadata: object, ...images: string[]) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: { containers: images.map((image, n) => ({ name: `c${n}`, image })) },
    });

  test('is decided as the webhook decides Pods: by annotations, owners and marks', () => {
    const annotations = { 'image-detour/bypass': 'c0', 'image-detour/direct': 'c/c1=busybox' };
    const manifest = pod({ name: 'a', annotations }, 'busybox', 'busybox', 'busybox');
    expect(becomes(manifest)).toEqual([
      'annotated busybox',
      'bypassed busybox',
      `rule ${defaultMirror}/dockerhub/busybox`,
    ]);
  });

  test.each([
    pod({ labels: { 'image-detour': 'disabled' } }, 'busybox'),
    `kind: Namespace\nmetadata: {name: a, labels: {image-detour: disabled}}\n---\n${pod({ namespace: 'a' }, 'busybox')}`,
  ])('of which the webhook is not told is kept: %s', (manifest) => {
    const { trials, answers } = tried(manifest);
    expect(trials.map(({ decision }) => decision.reason)).toEqual(['not-asked']);
    expect(answers.map(({ patch }) => patch)).toEqual([[]]);
  });

  test.each(['kube-system', 'image-detour'])('in %s is decided by the rules', (namespace) => {
    const rules = 'version: 1\nrules: [{from: docker.io, to: m.example}]';
    const { trials, answers } = tried(pod({ namespace }, 'busybox'), rules);
    expect(trials.map(({ decision }) => decision.image)).toEqual(['m.example/busybox']);
    expect(answers.map(({ patch }) => patch.length)).toEqual([1]);
    const list = tryInput(readInput('busybox'), loadRules(rules).ruleSet as RuleSet, namespace);
    expect(list.trials.map(({ decision }) => decision.image)).toEqual(['m.example/busybox']);
  });

  describe('with a ConfigMap of rules for its namespace', () => {
    const rules = `version: 1
namespaceRules: { to: [m.example/teams], namespaces: { exclude: [other] } }
rules:
  - { from: quay.io, to: m.example/quay }
  - { from: m.example/teams/bad, deny: not here }
`;
    const configMap = (namespace: string, text: string, label = 'true') =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'rules', namespace, labels: { 'image-detour/rules': label } },
        data: { 'detour.yaml': text },
      });
    const own = `version: 1
rules:
  - { from: a.example, to: m.example/teams/a }
  - { from: quay.io, to: m.example/teams/quay }
  - { from: b.example, to: m.example/teams/bad }
`;
    const all = (namespace: string, ...configMaps: string[]) =>
      [...configMaps, pod({ namespace }, 'a.example/x', 'quay.io/x', 'b.example/x')].join(
        '\n---\n',
      );

    test('is decided by both', () => {
      expect(becomes(all('team', configMap('team', own)), rules)).toEqual([
        'rule m.example/teams/a/x',
        'rule m.example/quay/x',
        'rule b.example/x',
      ]);
      const [answer] = tried(all('team', configMap('team', own)), rules).answers;
      expect(answer?.denial).toContain('not here');
    });

    test.each([
      ['of another namespace', 'team', configMap('b', own)],
      ['of a namespace that may have none', 'other', configMap('other', own)],
      ['without the label', 'team', configMap('team', own, 'false')],
    ])('%s is decided by the rules of the cluster alone', (_, namespace, given) => {
      const { trials, errors } = tried(all(namespace, given), rules);
      expect(trials.map(({ decision }) => decision.reason)).toEqual(['no-rule', 'rule', 'no-rule']);
      expect(errors).toEqual([]);
    });

    test('reports what is broken in it', () => {
      const { errors } = tried(all('team', configMap('team', 'version: 1\nrules: 5')), rules);
      expect(errors).toMatchObject([{ line: 1 }]);
      expect(errors[0]?.file).toContain('team/rules detour.yaml:2:');
    });
  });

  test('is asked about, whatever its label says, if the rules close that exit', () => {
    const rules = 'version: 1\nexits: [bypass]\nrules: [{from: docker.io, to: m.example}]';
    const labelled = pod({ labels: { 'image-detour': 'disabled' } }, 'busybox');
    expect(becomes(labelled, rules)).toEqual(['rule m.example/busybox']);
  });

  test('has its own namespaces', () => {
    const rules = `version: 1\nrules: [{from: quay.io, to: m.example, namespaces: {include: [a]}}]`;
    const both = `${pod({ namespace: 'a' }, 'quay.io/x')}\n---\n${pod({ namespace: 'b' }, 'quay.io/x')}`;
    expect(becomes(both, rules)).toEqual(['rule m.example/x', 'no-rule quay.io/x']);
  });

  test('of templates gives an answer for the Pods of each', () => {
    const text = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec: { template: { spec: { containers: [{ name: app, image: direct.to/busybox }] } } }`;
    const [answer] = tried(text).answers;
    expect(answer?.of).toMatchObject({ object: { kind: 'Deployment', name: 'web' } });
    expect(answer?.patch).toEqual([
      { op: 'replace', path: '/spec/containers/0/image', value: 'busybox' },
      {
        op: 'add',
        path: '/metadata/annotations',
        value: { 'image-detour/direct': 'c/app=busybox' },
      },
    ]);
  });

  test('is refused with the message of the rule', () => {
    const rules = 'version: 1\nrules: [{from: evil.example, deny: ask security}]';
    const [answer] = tried(pod({}, 'evil.example/x'), rules).answers;
    expect(answer?.denial).toBe('image-detour: c/c0 evil.example/x: ask security');
  });

  test('stands before and after', () => {
    const text =
      'kind: Pod # "as" it was\napiVersion: v1\nspec: {containers: [{image: "busybox"}]}';
    const { after, changedAfter } = beforeAfter(text, tried(text).trials);
    expect(after).toBe(text.replace('busybox', `${defaultMirror}/dockerhub/busybox`));
    const [from = 0, to = 0] = changedAfter[0] ?? [];
    expect(after.slice(from, to)).toBe(`"${defaultMirror}/dockerhub/busybox"`);
  });

  test.each([
    'a: &a [*a]\nkind: Pod',
    'apiVersion: v1\nkind: Pod\nd: &d {spec: {containers: [{image: x}]}}\ntemplate: {<<: *d}',
    'kind: Pod\n~: {spec: {containers: [{image: x}]}}',
    'kind: Pod\n? [a]\n: {spec: {containers: [{image: x}]}}',
  ])('of any form is tried without an exception: %j', (text) => {
    expect(() => tried(text)).not.toThrow();
  });

  test.each(['kind: Pod\nspec: {containers: {}}', 'kind: Pod\nspec: {containers: [5, null]}'])(
    'of an odd form gives nothing: %j',
    (text) => {
      expect(tried(text).trials).toEqual([]);
    },
  );
});

describe('images that meet', () => {
  const rules = `version: 1
rules:
  - {from: [a.example, b.example], to: m.example/x}
  - {from: quay.io, to: m.example/x}
  - {from: "*.gcr.io", to: m.example/g}
`;
  const meeting = (...images: string[]) =>
    finish(findCollisions(tried(images.join('\n'), rules))).map((each) => each.images);

  test.each([
    [['a.example/app:1', 'b.example/app:1'], []], // one list
    [['a.example/app:1', 'a.example/app:1'], []],
    [['a.example/app:1', 'quay.io/app:1'], [['a.example/app:1', 'quay.io/app:1']]],
    [['a.example/app:1', 'quay.io/app:2'], []],
    [['eu.gcr.io/app', 'us.gcr.io/app'], [['eu.gcr.io/app', 'us.gcr.io/app']]],
    [['quay.io/app', 'quay.io/app:latest'], []],
  ])('%j: %j', (images, expected) => {
    expect(meeting(...images)).toEqual(expected);
  });
});
