import { expect, test } from 'vitest';
import { isMap, Pair, Scalar, YAMLMap } from 'yaml';
import { fileLimits } from './load.ts';
import { Offsets } from './position.ts';
import { YamlReader } from './yaml-documents.ts';
import { inspect } from './yaml-inspection.ts';

/* What is counted here grew with the square of the text. */

function read(text: string) {
  const [document] = [...new YamlReader(fileLimits).read(text)];
  if (document === undefined) throw new Error('nothing was read');
  return document;
}

/** A document with one mapping of `size` keys, and how often one of its keys was read. */
function counted(size: number) {
  const reads = { count: 0 };
  const map = new YAMLMap();
  for (let index = 0; index < size; index++) {
    const key = new Scalar(`k${index}`);
    const pair = new Pair(key, new Scalar(index));
    Object.defineProperty(pair, 'key', {
      get: () => {
        reads.count++;
        return key;
      },
    });
    map.items.push(pair);
  }
  const document = read('{}');
  document.contents = map;
  return { document, reads };
}

test('the library does not compare each key with each other', () => {
  const document = read('a: 1\na: 2\n');
  expect(document.errors).toEqual([]);
  expect(inspect(document, 0).repeatedKeys.map(({ value }) => value)).toEqual(['a']);
});

test('keys that appear twice are found in one pass over them', () => {
  const { document, reads } = counted(1_000);
  inspect(document, 0);
  expect(reads.count).toBeLessThanOrEqual(2 * 1_000);
});

test('positions are found in one pass over the keys', () => {
  const { document, reads } = counted(1_000);
  const offsets = new Offsets(document);
  for (let index = 0; index < 1_000; index++) offsets.of([`k${index}`]);
  // Once for the index, and once for each that was asked for.
  expect(reads.count).toBeLessThanOrEqual(4 * 1_000);
});

test('tags whose work grows with the square of what they are on are unknown', () => {
  const { contents, warnings } = read('!!omap\n- a: 1\n- a: 2\n');
  expect(isMap(contents)).toBe(false);
  expect(warnings).toMatchObject([{ code: 'TAG_RESOLVE_FAILED' }]);
  expect(read('%YAML 1.1\n---\n!!set\n? a\n').warnings).not.toEqual([]);
});
