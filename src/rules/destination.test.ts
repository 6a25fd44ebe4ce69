import { expect, test } from 'vitest';
import { fixedPart, parseDestination } from './destination.ts';

test.each([
  ['m.example', { registry: 'm.example', host: 'm.example', path: '' }],
  ['M.Example:5000/a/b', { registry: 'M.Example:5000', host: 'm.example:5000', path: 'a/b' }],
  ['index.docker.io/hub', { registry: 'index.docker.io', host: 'docker.io', path: 'hub' }],
  ['[::1]:5000/a', { registry: '[::1]:5000', host: '[::1]:5000', path: 'a' }],
])('%s has a registry and a path', (name, parts) => {
  const destination = parseDestination(name);
  expect(destination).toEqual({ name, ...parts, suffix: '', isTemplate: false });
  expect(fixedPart(destination!)).toBe(destination);
});

test.each([
  ['m.example/${registry}', 'm.example', ''],
  ['m.example/a/${registry}', 'm.example/a', 'a'],
  ['m.example/a/${registry}/b', 'm.example/a', 'a'],
  ['m.example/x${registry}', 'm.example', ''],
  ['m.example/a/mirror-${registry}-x/b', 'm.example/a', 'a'],
])('of %s the part before the registry is known', (name, fixed, path) => {
  const destination = parseDestination(name)!;
  expect(destination).toMatchObject({ name, registry: 'm.example', isTemplate: true });
  expect(fixedPart(destination)).toMatchObject({ name: fixed, path, isTemplate: false });
});

test.each([
  '${registry}',
  '${registry}/a',
  'm.example/',
  'm.example/a/',
  'm.example/A',
  'm.example/a:1',
  'm.example/x_',
  'm.example/${registry}-',
  'm.example/${registry}/${registry}',
  'm.example/${registry}-${registry}',
  'mirror.${registry}/x',
  'https://m.example',
  `m.example/${'a'.repeat(255)}`,
])('no image could be under %s', (name) => {
  expect(parseDestination(name)).toBeUndefined();
});
