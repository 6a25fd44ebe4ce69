import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'image-detour');

/**
 * Returns the folder of the programs, Python's own with them, that have the packages of a
 * requirements.txt.
 */
export function pythonPackages(name: string, requirements: string): string {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(cache, `${name}-${hash}`);
  // Not renamed into place when whole, as others are: the programs name the folder that they were
  // installed into.
  const whole = join(folder, 'whole');
  if (!existsSync(whole)) {
    console.log(`installing what ${name} needs into ${folder} (once)`);
    execFileSync('python3', ['-m', 'venv', '--clear', folder], { stdio: 'inherit' });
    const pip = ['install', '--quiet', '--disable-pip-version-check', '-r', requirements];
    execFileSync(join(folder, 'bin', 'pip'), pip, { stdio: 'inherit' });
    mkdirSync(whole);
  }
  return join(folder, 'bin');
}
