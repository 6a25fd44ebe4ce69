import { describe, expect, test } from 'vitest';
import { all, named, podOf, type Rendered, render, template } from './rig/chart.ts';

const argsOf = (objects: readonly Rendered[]) => podOf(objects).containers[0].args;

describe('rules.content is refused before anything changes, and the message says what to do:', () => {
  const empty = /rules\.content is empty: give it your rules file .*, or leave it out/;
  test.each<[string, unknown, RegExp]>([
    ['an empty text, as of an empty file', '', empty],
    ['blank lines', '\n  \n', empty],
    ['comments only', '# nothing\n# yet\n', empty],
    ['a document that is empty', '---\n', empty],
    ['an empty mapping', {}, empty],
    ['broken YAML', 'version: 1\nrules: [\n', /not a rules file: .*yaml: line 2: .*detour check/],
    ['a word', 'nginx', /not a rules file/],
    ['a list', '- from: quay.io\n', /not a rules file/],
  ])('%s', (_, content, message) => {
    const { status, stderr } = template({ rules: { content } });
    expect(status).not.toBe(0);
    expect(stderr).toMatch(message);
  });
});

test.each<[string, string]>([
  ['indented', '  version: 1\n  rules:\n    - {from: quay.io, to: m.example}\n'],
  ['with a comment that is indented further', '    # ours\nversion: 1\nrules: []\n'],
  ['with blank lines before it', '\n\nversion: 1\nrules: []\n'],
])('a rules file %s comes into the ConfigMap as it is', (_, content) => {
  const objects = render({ rules: { content } });
  for (const name of ['image-detour-rules', 'image-detour-rules-check'])
    expect(named(objects, 'ConfigMap', name).data['detour.yaml']).toBe(content);
});

describe('before an install, an upgrade or a rollback, a Pod checks the rules', () => {
  const check = 'image-detour-rules-check';
  const hooks = { 'helm.sh/hook': 'pre-install,pre-upgrade,pre-rollback' };

  test('that are going to be in force, with the image that is going to run', () => {
    const content = 'version: 1\nrules:\n  - {from: quay.io, to: m.example}\n';
    const objects = render({ rules: { content }, image: { tag: 'next' } });
    const configMap = named(objects, 'ConfigMap', check);
    const pod = named(objects, 'Pod', check);
    expect(configMap.data).toEqual(named(objects, 'ConfigMap', 'image-detour-rules').data);
    expect([configMap, pod].map(({ metadata }) => metadata.annotations)).toEqual([
      expect.objectContaining({ ...hooks, 'helm.sh/hook-weight': '-1' }),
      expect.objectContaining({ ...hooks, 'helm.sh/hook-weight': '0' }),
    ]);
    expect(pod.spec.containers[0].image).toBe(podOf(objects).containers[0].image);
    expect(pod.spec.volumes[0].configMap.name).toBe(check);
  });

  test('that are in your own ConfigMap', () => {
    const objects = render({ rules: { existingConfigMap: 'mine' } });
    expect(all(objects, 'ConfigMap').map(({ metadata }) => metadata.name)).not.toContain(check);
    expect(named(objects, 'Pod', check).spec.volumes[0].configMap.name).toBe('mine');
  });

  test('without any right, and not for long', () => {
    const objects = render();
    const { spec } = named(objects, 'Pod', check);
    expect(spec).toMatchObject({ automountServiceAccountToken: false, activeDeadlineSeconds: 120 });
    // The account exists before the Pod; one that is made with its namespace may not.
    expect(spec.serviceAccountName).toBe(check);
    const bindings = [...all(objects, 'RoleBinding'), ...all(objects, 'ClusterRoleBinding')];
    expect(JSON.stringify(bindings)).not.toContain(check);
  });

  test('unless a value says no', () => {
    const names = render({ rules: { check: false } }).map(({ metadata }) => metadata.name);
    expect(names).not.toContain(check);
  });
});

describe('the last good rules', () => {
  const name = 'image-detour-last-good-rules';

  test('are in a ConfigMap, whose content the chart leaves alone', () => {
    const objects = render();
    expect(Object.keys(named(objects, 'ConfigMap', name))).not.toContain('data');
    expect(argsOf(objects)).toContain(`--last-good-rules=${name}`);
  });

  test('serve a replica that starts while the ConfigMap of the rules is deleted', () => {
    expect(podOf(render()).volumes[0].configMap).toMatchObject({ optional: true });
  });

  test.each<[string, object]>([
    ['a value says no', { rules: { keepLastGood: false } }],
    [
      'nothing calls the Kubernetes API',
      { certificate: { mode: 'certManager' }, webhook: { create: false } },
    ],
  ])('are not kept if %s', (_, values) => {
    const objects = render(values);
    expect(objects.map(({ metadata }) => metadata.name)).not.toContain(name);
    expect(argsOf(objects).join(' ')).not.toContain('last-good');
    expect(podOf(objects).volumes[0].configMap).not.toHaveProperty('optional');
  });
});

test('rules may be brought in a ConfigMap', () => {
  const objects = render({ rules: { existingConfigMap: 'mine' } });
  const names = all(objects, 'ConfigMap').map(({ metadata }) => metadata.name);
  expect(names).toEqual(['image-detour-last-good-rules']);
  expect(podOf(objects).volumes[0].configMap.name).toBe('mine');
  expect(argsOf(objects)).toContain('--rules-configmap=mine');
});
