import { readFile } from 'node:fs/promises';
import { packageRoot } from '../../package-root.ts';
import { UsageError } from '../../terminal.ts';

/**
 * Reads the page that scripts/build-playground.js builds.
 *
 * @throws UsageError if it cannot be read
 */
export async function readPlayground(): Promise<string> {
  try {
    return await readFile(new URL('dist/playground/index.html', packageRoot), 'utf8');
  } catch (error) {
    throw new UsageError(`the playground page cannot be read: ${(error as Error).message}`);
  }
}
