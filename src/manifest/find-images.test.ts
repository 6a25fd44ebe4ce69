import { describe, expect, test } from 'vitest';
import { findImages } from './find-images.ts';
import { applyEdits, editFor } from './rewrite-images.ts';

/** What was found, in a line each. */
function found(text: string): string[] {
  const { images } = findImages(text);
  return images.map(
    ({ image, place, object, path }) =>
      `${object.namespace} ${object.kind}/${object.name} ${place} ${path.join('.')} ${image}`,
  );
}

const deployment = `# a comment
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  template:
    metadata:
      labels: { app: web }
    spec:
      initContainers:
        - name: wait
          image: "busybox:1" # quoted
      containers:
        - { name: app, image: 'quay.io/org/app:v1' }
        - name: later
      volumes:
        - name: model
          image: { reference: ghcr.io/org/model:1 }
        - name: ceph
          rbd: { image: not-an-image }
`;

describe('finds', () => {
  test('the images of any kind that holds a Pod spec', () => {
    expect(found(deployment)).toEqual([
      'shop Deployment/web i/wait spec.template.spec.initContainers.0.image busybox:1',
      'shop Deployment/web c/app spec.template.spec.containers.0.image quay.io/org/app:v1',
      'shop Deployment/web v/model spec.template.spec.volumes.0.image.reference ghcr.io/org/model:1',
    ]);
  });

  test('those of each document and of the items of a List', () => {
    const list = { apiVersion: 'v1', kind: 'List', items: [podOf('a', 'x'), podOf('b', 'y')] };
    expect(found(`${JSON.stringify(list)}\n---\n${JSON.stringify(podOf('c', 'z'))}`)).toEqual([
      'default Pod/a c/app items.0.spec.containers.0.image x',
      'default Pod/b c/app items.1.spec.containers.0.image y',
      'default Pod/c c/app spec.containers.0.image z',
    ]);
  });

  test('a Pod spec once, with the template that it is part of', () => {
    const [spec, ...others] = findImages(deployment).podSpecs;
    expect(spec).toMatchObject({ document: 0, path: ['spec', 'template'] });
    expect(others).toEqual([]);
  });

  test('what only looks like an image, in objects of operators, without a place', () => {
    const workflow = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata: {} };
    const text = JSON.stringify({
      ...workflow,
      spec: { templates: [{ container: { image: 'x' } }] },
    });
    expect(findImages(text).images).toMatchObject([
      { image: 'x', place: undefined, path: ['spec', 'templates', 0, 'container', 'image'] },
    ]);
  });

  test.each([
    'image: of no object',
    '{apiVersion: v1, kind: ConfigMap, data: {image: none}}',
    '{apiVersion: v1, kind: Pod, metadata: {annotations: {image: none}}}',
    '{apiVersion: v1, kind: PersistentVolume, spec: {rbd: {image: none}}}',
    '{apiVersion: kustomize.config.k8s.io/v1beta1, kind: Kustomization, image: none}',
    '{apiVersion: apps/v1, kind: Deployment, spec: {selector: {matchLabels: {image: none}}}}',
  ])('no image in %s', (text) => {
    expect(findImages(text).images).toEqual([]);
  });

  test('what comes from another mapping', () => {
    const text = `apiVersion: v1
kind: Pod
x: &defaults { image: quay.io/a, env: [] }
spec: { containers: [{ name: app, <<: *defaults }] }`;
    expect(findImages(text).images).toMatchObject([
      { image: 'quay.io/a', place: 'c/app', line: 3 },
    ]);
  });

  test('JSON as kubectl prints it, tabs too', () => {
    expect(findImages(JSON.stringify(podOf('a', 'x'), null, '\t')).images).toMatchObject([
      { line: 11, column: 14 },
    ]);
  });

  test('an image behind an alias, once', () => {
    const text = `a: &i busybox
kind: Pod
apiVersion: v1
spec: { containers: &c [{ name: app, image: *i }], other: { containers: *c } }`;
    expect(found(text)).toEqual(['default Pod/ c/app spec.containers.0.image busybox']);
    const [image] = findImages(text).images;
    expect(text.slice(image!.start, image!.end)).toBe('*i');
  });

  test.each(['', '# nothing', '---\n---\n', 'just text', '[1, 2]', 'spec: {containers: 5}'])(
    'nothing in %j',
    (text) => {
      expect(findImages(text)).toMatchObject({ images: [], podSpecs: [], errors: [] });
    },
  );

  test('nothing in what runs', () => {
    const status = { containers: [{ name: 'a', image: 'x' }] };
    expect(found(JSON.stringify({ ...podOf('a', 'y'), status }))).toHaveLength(1);
  });
});

describe('tells', () => {
  test('where a document is broken, and reads the others', () => {
    const { images, documents, errors } = findImages(
      `kind: [\n---\n${JSON.stringify(podOf('a', 'x'))}`,
    );
    expect(images).toHaveLength(1);
    expect(documents[0]).toBeUndefined();
    expect(errors[0]).toMatchObject({ line: 2 });
  });

  test.each([
    ['a: b\n  c: d\n', 1, 'Nested mappings'],
    ['a: 1\na: 2\n', 2, 'the key a appears twice'],
    ['? [a]\n: b\n', 1, 'a key is a list, a mapping or an alias'],
    ['a: 1\n---\nb: *nobody\n', 3, 'nobody'],
  ])('what is wrong with %j', (text, line, message) => {
    const [error] = findImages(text).errors;
    expect(error).toMatchObject({ line, message: expect.stringContaining(message) });
  });

  test('line and column of each image', () => {
    expect(findImages(deployment).images[0]).toMatchObject({ line: 12, column: 18 });
  });

  test.each(['a: &a [*a]', 'spec: &a {containers: [{image: x}], x: *a}', 'a: &a {b: &b [*a, *b]}'])(
    'aliases without an end: %s',
    (text) => {
      const { images, documents, errors } = findImages(text);
      expect({ images, documents }).toEqual({ images: [], documents: [undefined] });
      expect(errors).toMatchObject([{ message: 'an alias is inside the value that it refers to' }]);
    },
  );

  test('what is nested too deep to be read', () => {
    expect(findImages('['.repeat(100_000)).errors).toHaveLength(1);
  });

  test('aliases that multiply without end', () => {
    const lines = Array.from(
      { length: 12 },
      (_, n) => `a${n}: &a${n} [${`*a${n - 1},`.repeat(9)}]`,
    );
    const text = `a: &a0 [x]\n${lines.slice(1).join('\n')}`;
    expect(findImages(text).errors).toHaveLength(1);
  });
});

/** Pods in every odd form that YAML has for a mapping. */
const oddForms = [
  'd: &d {spec: {containers: [{image: x}]}}\ntemplate: {<<: *d}',
  'd: &d {spec: {containers: [{image: x}]}}\ntemplate: {<<: *d, spec: {containers: [{image: y}]}}',
  'a: &a {image: x}\nb: &b {name: c}\nspec: {containers: [{<<: [*a, *b]}]}',
  '~: {spec: {containers: [{image: x}]}}',
  '1: {spec: {containers: [{image: x}]}}',
  'true: {spec: {containers: [{image: x}]}}',
  'a: &a {spec: &s {containers: &c [{image: &i x}]}}\nb: *a\nspec: *s',
];

test.each(oddForms)('every path leads to what is told of it: %s', (form) => {
  const text = `apiVersion: v1\nkind: Pod\n${form}\n`;
  const { images, podSpecs, documents, errors } = findImages(text);
  expect(errors).toEqual([]);
  const at = (document: number, path: readonly (string | number)[]) =>
    path.reduce<unknown>((value, key) => Reflect.get(Object(value), key), documents[document]);
  for (const { document, path, image } of images) expect(at(document, path)).toBe(image);
  for (const { document, path } of podSpecs) {
    expect(at(document, [...path, 'spec', 'containers'])).toBeInstanceOf(Array);
  }
});

test('many aliases take no longer than as many images', () => {
  const lines = Array.from({ length: 10_000 }, (_, n) => `- {x: &a${n} i${n}, image: *a${n}}`);
  const text = `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
  // Looking through the document for each would run into the time-out.
  expect(findImages(text).images).toHaveLength(10_000);
});

test('an IPv6 mirror is quoted', () => {
  const text = 'spec: {containers: [{image: busybox}]}';
  const [image] = findImages(text).images;
  expect(applyEdits(text, [editFor(text, image!, '[::1]:5000/busybox')])).toBe(
    'spec: {containers: [{image: "[::1]:5000/busybox"}]}',
  );
});

test('writes another image as the first was quoted, and keeps every other character', () => {
  const { images } = findImages(deployment);
  const edits = images.map((image) => editFor(deployment, image, `m/${image.image}`));
  expect(applyEdits(deployment, edits)).toBe(
    deployment
      .replace('"busybox:1"', '"m/busybox:1"')
      .replace("'quay.io", "'m/quay.io")
      .replace('ghcr.io', 'm/ghcr.io'),
  );
});

test('a block scalar keeps the line after it', () => {
  const text = 'spec:\n  containers:\n    - image: >-\n        busybox\n      name: app\n';
  const [image] = findImages(text).images;
  expect(applyEdits(text, [editFor(text, image!, 'm/busybox')])).toBe(
    'spec:\n  containers:\n    - image: m/busybox\n      name: app\n',
  );
});

function podOf(name: string, image: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'app', image }] },
  };
}
