import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Lists the versions of Node that are tested in addition to the one that runs the tests. */
export const otherVersions = ['20', '22', '24', '26'].filter(
  (major) => !process.version.startsWith(`v${major}.`),
);

/**
 * Returns the folder with the `node` of a major version, from the npm package `node`; it is kept
 * between runs.
 */
export function installNode(major: string): string {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const folder = join(cache, 'image-detour', `node-${major}`);
  const name = `node-${process.platform}-${process.arch}`;
  const bin = join(folder, 'node_modules', name, 'bin');
  if (!existsSync(join(bin, 'node'))) {
    mkdirSync(folder, { recursive: true });
    execFileSync('npm', [
      'install',
      '--prefix',
      folder,
      '--no-save',
      '--loglevel=error',
      `${name}@${major}`,
    ]);
  }
  return bin;
}

/** Returns the environment in which `node` is the one in `bin`, also for npm. */
export function withNode(bin: string): NodeJS.ProcessEnv {
  const { NODE_OPTIONS, VITEST, ...env } = process.env;
  return { ...env, PATH: `${bin}:${process.env.PATH}` };
}
