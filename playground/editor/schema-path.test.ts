import { expect, test } from 'vitest';
import { keysAround, pathAt } from './schema-path.ts';

/** `|` is the cursor. */
function placeOf(text: string): string {
  const { path, ofKey } = pathAt(text, text.indexOf('|'));
  return `${path.join('.')}${ofKey === undefined ? '' : ` = ${ofKey}`}`;
}

test.each([
  ['|', ''],
  ['ver|', ''],
  ['version: |', ' = version'],
  ['rules:\n  - |', 'rules.0'],
  ['rules:\n- fr|', 'rules.0'],
  ['rules:\n  - from: quay.io\n    |', 'rules.0'],
  ['rules:\n  - from: quay.io\n    to: |', 'rules.0 = to'],
  ['rules:\n- from: quay.io\n  to: |', 'rules.0 = to'],
  ['rules:\n  - from: a\n  - |', 'rules.0'],
  [
    'rules:\n  - from: a\n    namespaces:\n      include:\n        - |',
    'rules.0.namespaces.include.0',
  ],
  ['rules:\n  - from: a\n    namespaces:\n      |', 'rules.0.namespaces'],
  ['rules:\n  - from: a\n# comment: x\n    |', 'rules.0'],
  ['namespaces:\n  exclude: [a]\nrules:\n  - from: x\n|', ''],
  ['rules:\n  - { from: a, |', 'rules.0'],
  ['rules:\n  - { from: |', 'rules.0 = from'],
  ['rules:\n  - { from: a, to: ${mirror}/|', 'rules.0 = to'],
  ['namespaces: { |', 'namespaces'],
  ['skip:\n  labels:\n    |', 'skip.labels'],
  ['registries:\n  m.example:5000/a-b:\n    |', 'registries.m.example:5000/a-b'],
  ['registries:\n  "${mirror}":\n    plainHttp: |', 'registries.${mirror} = plainHttp'],
])('%j is at %j', (text, expected) => {
  expect(placeOf(text)).toBe(expected);
});

test.each([
  ['version: 1\n|', 'version'],
  ['version: 1\n|\nrules:\n  - from: a\n', 'version rules'],
  ['rules:\n  - from: a\n    |\n    to: b\n  - keep: true\n', 'from to'],
  ['rules:\n  - from: a\n    to: b\n  - |', ''],
  ['rules:\n  - |\n    to: b\n', 'to'],
  ['rules:\n  - from: a\n    namespaces:\n      include: [x]\n      |\n    to: b\n', 'include'],
  ['rules:\n  - {from: a, to: b, |', 'from to'],
  ['mirror: m\nrules:\n- from: a\n  |', 'from'],
])('the mapping at the cursor in %j has %j', (text, keys) => {
  expect([...keysAround(text.replace('|', ''), text.indexOf('|'))].join(' ')).toBe(keys);
});
