import { expect, test } from 'vitest';
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
    pullSecrets: 'pullSecrets: [s]',
    warn: 'warn: true',
    skip: 'skip: {owners: [Job]}',
    namespaceRules: 'namespaceRules: {to: [m.example]}',
  };
  const read = 'bypass: direct.to\nnamespaces: {exclude: [x]}\nannotate: false';
  const reportedOf = (more: string) =>
    compile(pod('a', 'nginx'), `${more}\n${rules}`).reported.map(([, message]) => message);
  expect(reportedOf(read)).toEqual([]);
  for (const [key, text] of Object.entries(keys))
    expect(reportedOf(text)).toEqual([expect.stringMatching(`^${key}: `)]);
});
