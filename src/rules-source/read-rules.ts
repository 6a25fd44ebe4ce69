import { readFileWithin, readRegularFileWithin } from '../file/read-within.ts';
import { defaultRulesText } from '../rules/default.ts';
import { maxRulesLength } from '../rules/load.ts';

/**
 * Returns the text of a rules file; without one, of the embedded rules.
 *
 * @throws Error of the file system, or one that says that the file is too large
 */
export async function readRulesText(file: string | undefined): Promise<string> {
  if (file === undefined) return defaultRulesText;
  return await readFileWithin(file, maxRulesLength);
}

/** The same for a file that is read again when it changes, which must therefore be a regular one. */
export async function readFollowedRulesText(file: string | undefined): Promise<string> {
  if (file === undefined) return defaultRulesText;
  return await readRegularFileWithin(file, maxRulesLength);
}
