import { expect, test } from 'vitest';
import { parseReference } from '../../src/reference/reference.ts';
import { explainInvalid } from './invalid-image.ts';
import { showHidden } from './show-hidden.ts';

test.each([
  ['quay.io/a\u200bb:1', { problem: 'hidden', shown: 'U+200B', position: 10 }],
  ['quay.io/\u202eevil', { problem: 'hidden', shown: 'U+202E', position: 9 }],
  ['quay.io/näme', { problem: 'character', shown: 'ä (U+00E4)', position: 10 }],
  ['镜像', { problem: 'character', shown: '镜 (U+955C)', position: 1 }],
  ['a😀', { problem: 'character', shown: '😀 (U+1F600)', position: 2 }],
  ['quay.io/Team/app', { problem: 'upper-case', shown: 'T', position: 9 }],
  [`quay.io/${'a'.repeat(256)}`, { problem: 'path', length: 256, limit: 255 }],
  [`a:${'1'.repeat(129)}`, { problem: 'tag', length: 129, limit: 128 }],
  ['a@sha256:12', { problem: 'digest' }],
  ['0'.repeat(64), { problem: 'image-id' }],
  ['a//b', { problem: 'other' }],
])('%j', (text, problem) => {
  expect(parseReference(text)).toBeUndefined();
  expect(explainInvalid(text)).toEqual(problem);
});

test('what nobody sees is shown', () => {
  expect(showHidden('a\u200bb\u202ec')).toBe('a⟨U+200B⟩b⟨U+202E⟩c');
});
