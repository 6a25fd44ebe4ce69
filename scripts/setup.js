/**
 * Makes a fresh clone ready: installs exactly what package-lock.json names if that is not there
 * yet, and, with --build, compiles if a source is newer than what was compiled.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const installed = join(root, 'node_modules', '.package-lock.json');
/** Written last. */
const built = join(root, 'dist', 'playground', 'index.html');

if (isOlder(installed, [join(root, 'package-lock.json')])) {
  console.error('image-detour: installing packages (once) …');
  run('ci', '--no-audit', '--no-fund', '--loglevel=error');
}
if (process.argv.includes('--build') && isOlder(built, sourceFiles())) {
  console.error('image-detour: building …');
  run('run', '--silent', 'build');
}

function run(...args) {
  execFileSync(npm, args, { cwd: root, stdio: ['ignore', 2, 2] });
}

function isOlder(file, sources) {
  if (!existsSync(file)) return true;
  const time = statSync(file).mtimeMs;
  return sources.some((source) => statSync(source).mtimeMs > time);
}

function sourceFiles() {
  return ['src', 'playground', 'report', 'schema'].flatMap((name) => {
    const folder = join(root, name);
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return names.filter((file) => file.includes('.')).map((file) => join(folder, file));
  });
}
