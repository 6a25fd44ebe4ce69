import { expect, test } from 'vitest';
import { descriptionAt, knownKeys } from '../../src/rules/known-keys.ts';
import { schemaZh } from './schema-zh.ts';

type Path = readonly (string | number)[];

/** Lists the paths of all keys of a rules file; `0` is any item, `x` any key that a user chooses. */
function pathsBelow(path: Path): Path[] {
  if (path.length > 6) return [];
  const keys = knownKeys(path).filter((key) => key !== '$schema');
  return [
    ...keys.flatMap((key) => [[...path, key], ...pathsBelow([...path, key])]),
    ...(keys.length > 0 || path.length === 0
      ? []
      : [0, 'x'].flatMap((part) => inner([...path, part]))),
  ];
}

function inner(path: Path): Path[] {
  return knownKeys(path).length > 0 ? pathsBelow(path) : [];
}

const paths = pathsBelow([]).map((path) => [path.join('.'), path] as const);

test.each(paths)('%s is explained in both languages', (_, path) => {
  expect(descriptionAt(path)).toBeDefined();
  const key = path
    .map((part, index) =>
      part === 0 ? '[]' : index === 1 && path[0] === 'registries' ? '*' : part,
    )
    .join('.');
  expect(Object.keys(schemaZh)).toContain(key);
});
