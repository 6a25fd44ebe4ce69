import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { findImages } from '../manifest/find-images.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { defaultSettings } from './contract/options.ts';
import { kustomize } from './kustomize.ts';

/* What kustomize makes of it is tested with kustomize itself: test/target/kustomize.test.ts. */

const rules = `version: 1
rules:
  - {from: docker.io, to: m.example/hub}
  - {from: quay.io, to: m.example/quay, namespaces: {include: [team-*]}}
  - {from: ghcr.io, deny: ask us}
`;

function compile(manifests: string, file = rules) {
  const ruleSet = loadRules(file).ruleSet as RuleSet;
  const images = findImages(manifests).images.map((image) => ({ ...image, file: 'a.yaml' }));
  const { documents, diagnostics } = kustomize.compile(ruleSet, { ...defaultSettings, images });
  return {
    component: parse(documents[0]?.text ?? ''),
    reported: diagnostics.map(({ file, line, column, message }) => [
      `${file}:${line}:${column}`,
      message,
    ]),
  };
}

const pod = (namespace: string, ...images: string[]) => `---
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: ${namespace}}
spec:
  containers:
${images.map((image) => `  - {name: c, image: "${image}"}\n`).join('')}`;

test('an entry for each name, a bypass after what its origin becomes', () => {
  const { component, reported } = compile(pod('a', 'direct.to/busybox:1', 'busybox', 'busybox:2'));
  expect(reported).toEqual([]);
  expect(component).toEqual({
    apiVersion: 'kustomize.config.k8s.io/v1alpha1',
    kind: 'Component',
    images: [
      { name: 'busybox', newName: 'm.example/hub/busybox' },
      { name: 'direct\\.to/busybox', newName: 'busybox' },
    ],
  });
});

describe('a rule for one image', () => {
  const hub = '  - {from: docker.io, to: m.example/hub}\n';
  const compileRules = (more: string, ...images: string[]) =>
    compile(pod('a', ...images), `version: 1\nrules:\n${hub}${more}`);

  test('has an entry that ends with the tag, before that for all tags', () => {
    const rule = '  - {from: "docker.io/library/nginx:1.25", to: "m.example/fix/nginx:1.25-p3"}\n';
    const { component, reported } = compileRules(rule, 'nginx:1.26', 'nginx:1.25', 'nginx');
    expect(reported).toEqual([]);
    expect(component.images).toEqual([
      { name: 'nginx:1\\.25$', newName: 'm.example/fix/nginx', newTag: '1.25-p3' },
      { name: 'nginx', newName: 'm.example/hub/nginx' },
    ]);
  });

  test('can be for no tag, and write a digest', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const rule = `  - {from: "docker.io/nginx:latest", to: "m.example/fix/nginx@${digest}"}\n`;
    const { component, reported } = compileRules(rule, 'nginx', 'nginx:1');
    expect(reported).toEqual([]);
    expect(component.images).toEqual([
      { name: 'nginx$', newName: 'm.example/fix/nginx', digest },
      { name: 'nginx', newName: 'm.example/hub/nginx' },
    ]);
  });

  test('keeps the tag if its to has none', () => {
    const rule = '  - {from: "docker.io/library/nginx:1", to: m.example/fix/nginx}\n';
    expect(compileRules(rule, 'nginx:1').component.images).toEqual([
      { name: 'nginx:1$', newName: 'm.example/fix/nginx' },
    ]);
  });

  test('that keeps: the other tags stay too, and are reported', () => {
    const rule = '  - {from: "docker.io/library/nginx:1", keep: true}\n';
    const { component, reported } = compileRules(rule, 'nginx:1', 'nginx:2');
    expect(component.images).toEqual([]);
    expect(reported).toMatchObject([
      [expect.any(String), expect.stringContaining('"nginx" stays')],
    ]);
  });

  test('renames a tag within the mirror while all others of that name move: reported', () => {
    const rule = `  - {from: m.example/hub/a, to: n.example/a}
  - {from: "m.example/hub/a:1", to: "m.example/hub/a:2"}\n`;
    const { component, reported } = compileRules(rule, 'm.example/hub/a:1', 'm.example/hub/a:3');
    expect(component.images).toEqual([
      { name: 'm\\.example/hub/a:1$', newName: 'm.example/hub/a', newTag: '2' },
    ]);
    expect(reported).toHaveLength(1);
  });
});

test('an image that is never pulled stays, and with it all of its name', () => {
  const never =
    'apiVersion: v1\nkind: Pod\nmetadata: {name: q, namespace: a}\nspec:\n  containers:\n  - {name: c, image: "redis:1", imagePullPolicy: Never}\n  volumes:\n  - {name: v, image: {reference: busybox, pullPolicy: Never}}\n';
  const { component, reported } = compile(`${never}${pod('a', 'redis:2', 'nginx')}`);
  expect(component.images).toEqual([{ name: 'nginx', newName: 'm.example/hub/nginx' }]);
  expect(reported).toEqual([['a.yaml:6:22', expect.stringContaining('"redis" stays as it is')]]);
});

test('what differs from namespace to namespace stays as it is, and is reported', () => {
  const { component, reported } = compile(
    pod('team-a', 'quay.io/a', 'quay.io/b') + pod('other', 'quay.io/a:1'),
  );
  expect(component.images).toEqual([{ name: 'quay\\.io/b', newName: 'm.example/quay/b' }]);
  expect(reported).toEqual([
    [
      'a.yaml:15:22',
      '"quay.io/a" stays as it is: other images of this name become m.example/quay/a, quay.io/a:1 in other quay.io/a:1',
    ],
  ]);
});

test('what is denied is reported', () => {
  expect(compile(pod('a', 'ghcr.io/x')).reported).toEqual([
    ['a.yaml:7:22', 'ghcr.io/x is kept, not denied'],
  ]);
});

test('where exits is none, what cannot be rewritten is reported, and the bypass is none', () => {
  const strict = '{version: 1, exits: none, rules: [{from: "*", to: "m.example/${registry}"}]}';
  const { component, reported } = compile(pod('a', '[::1]:5000/x', 'direct.to/quay.io/x'), strict);
  expect(reported).toEqual([['a.yaml:7:22', '[::1]:5000/x is kept, not denied']]);
  expect(component.images).toEqual([
    { name: 'direct\\.to/quay\\.io/x', newName: 'm.example/direct.to/quay.io/x' },
  ]);
});

test('images in fields that kustomize does not look at are reported, those that would stay are not', () => {
  const { component, reported } = compile(`apiVersion: example.org/v1
kind: Thing
spec:
  image: nginx
  other: {image: unknown.example/x}
  container: {image: busybox}
  ephemeralContainers: [{image: redis}]
  volumes: [{rbd: {image: foo}}, {image: {reference: seen}}]
  template: {volumes: [{image: {reference: unseen}}]}
`);
  expect(component.images).toEqual([{ name: 'seen', newName: 'm.example/hub/seen' }]);
  expect(reported).toEqual(
    [
      ['4:10', 'spec.image: nginx'],
      ['6:22', 'spec.container.image: busybox'],
      ['7:33', 'spec.ephemeralContainers.0.image: redis'],
      ['9:44', 'spec.template.volumes.0.image.reference: unseen'],
    ].map(([at, what]) => [`a.yaml:${at}`, `Kustomize does not look at ${what} stays`]),
  );
});

test('manifests without an image are reported: a build that failed prints nothing', () => {
  expect(compile('')).toMatchObject({
    component: { images: [] },
    reported: [['undefined:1:1', 'the manifests hold no image of a Kubernetes object']],
  });
});

test('the keys of the file that Kustomize leaves out are reported, those that it reads are not', () => {
  const keys = {
    annotate: 'annotate: true',
    registries: 'registries: {m.example: {pullSecrets: [s]}}',
    warn: 'warn: true',
    skip: 'skip: {owners: [Job]}',
    namespaceRules: 'namespaceRules: {to: [m.example]}',
  };
  const read =
    'expect: {nginx: keep}\nworkloads: []\nsync: {}\nbypass: direct.to\nnamespaces: {exclude: [x]}\nannotate: false';
  const reportedOf = (more: string) =>
    compile(pod('a', 'nginx'), `${more}\n${rules}`).reported.map(([, message]) => message);
  expect(reportedOf(read)).toEqual([]);
  for (const [key, text] of Object.entries(keys))
    expect(reportedOf(text)).toEqual([expect.stringMatching(`^${key}: `)]);
});
