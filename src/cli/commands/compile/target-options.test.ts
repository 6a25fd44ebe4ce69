import { expect, test } from 'vitest';
import { buildOption, targetOptions } from './target-options.ts';

test.each(targetOptions)('the command line gives %s to the target under its name', (name) => {
  // The images are read from the manifests.
  const expected = name === 'images' ? 'manifests' : name;
  expect(buildOption(name).attributeName()).toBe(expected);
});
