import { describe, expect, test } from 'vitest';
import { readManifest } from './manifest-images.ts';

const found = (text: string) =>
  readManifest('f', text).images.map(({ line, column, namespace, image }) => [
    `${line}:${column}`,
    namespace,
    image,
  ]);

test('finds the images of many documents, with their places and namespaces', () => {
  expect(
    found(`# a comment
apiVersion: v1
kind: Pod
metadata: {namespace: a, annotations: {image: none}}
spec:
  containers: [{image: one}, {image: &two two}, {image: ""}, {image: 1}]
  initContainers:
  - image: *two
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Pod, metadata: {namespace: b}, spec: {containers: [{image: three}]}}
- {apiVersion: v1, kind: ConfigMap, data: {image: none}}
---
image: of no object
---
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
image: none
`),
  ).toEqual([
    ['6:24', 'a', 'one'],
    ['6:43', 'a', 'two'],
    ['8:12', 'a', 'two'],
    ['13:85', 'b', 'three'],
  ]);
});

test('reads JSON as kubectl prints it, tabs too', () => {
  const object = { apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ image: 'x' }] } };
  expect(found(JSON.stringify(object, null, '\t'))).toEqual([['7:14', 'default', 'x']]);
});

describe('what cannot be read is told with its place', () => {
  test.each([
    ['a: b\n  c: d\n', 1, 'Nested mappings'],
    ['a: 1\na: 2\n', 2, 'unique'],
    ['a: 1\n---\nb: *nobody\n', 2, 'nobody'],
    ['['.repeat(100_000), 1, 'nested more than 200 deep'],
    [`a: &a [x]\n${aliases(40)}`, 1, 'alias'],
  ])('%.30j', (text, line, message) => {
    const { images, errors } = readManifest('f', text);
    expect(images).toEqual([]);
    expect(errors).toMatchObject([{ file: 'f', code: 'yaml-syntax', line }]);
    expect(errors[0]?.message).toContain(message);
  });
});

/** A text that would be 2^count times as long. */
function aliases(count: number): string {
  const name = (index: number) => (index === 0 ? 'a' : `a${index}`);
  const lines = Array.from(
    { length: count },
    (_, index) => `b${index}: &${name(index + 1)} [*${name(index)}, *${name(index)}]\n`,
  );
  return lines.join('');
}
