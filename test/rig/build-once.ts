import { execFileSync } from 'node:child_process';

/**
 * Runs a script that builds a program once, and returns what it prints: where the program is. Paths
 * start at the repository.
 */
export function buildOnce(script: string, ...args: readonly string[]): string {
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  return execFileSync(`./${script}`, args, { encoding: 'utf8', stdio: [...stdio] }).trim();
}
