import { expect, test } from 'vitest';
import { pathAt } from './schema-path.ts';

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
])('%j is at %j', (text, expected) => {
  expect(placeOf(text)).toBe(expected);
});
