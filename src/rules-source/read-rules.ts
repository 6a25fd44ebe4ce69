import { readFile, stat } from 'node:fs/promises';
import { defaultRulesText } from '../rules/default.ts';
import { maxRulesLength } from '../rules/load.ts';

/**
 * The text of a rules file; without one, of the embedded rules.
 *
 * @throws Error of the file system, or one that says that the file is too large
 */
export async function readRulesText(file: string | undefined): Promise<string> {
  if (file === undefined) return defaultRulesText;
  const { size } = await stat(file);
  if (size > maxRulesLength) {
    throw new Error(`${file} has ${size} bytes; at most ${maxRulesLength} are read`);
  }
  return await readFile(file, 'utf8');
}
