/**
 * Writes the command line and the library into dist/program: a few files instead of the 200 modules
 * that a command loads, which takes Node half as long. Both share their parts, so the package has
 * each once. npm packages stay outside, but for yaml: it has 73 files, and every command reads rules.
 */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundledPackages } from './bundled-packages.js';
import { threads } from './program-threads.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'dist', 'program');

const { metafile } = await build({
  entryPoints: { main: 'src/cli/main.ts', index: 'src/index.ts', ...threads },
  absWorkingDir: root,
  outdir: folder,
  bundle: true,
  packages: 'external',
  // The form of it that is not CommonJS.
  alias: { yaml: join(root, 'node_modules', 'yaml', 'browser', 'index.js') },
  metafile: true,
  // A command loads only its own part.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
});

// The names of parts change with their content, so an earlier build leaves files that nothing loads.
const written = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
for (const name of readdirSync(folder)) if (!written.has(name)) rmSync(join(folder, name));

const licenses = bundledPackages(root, metafile).map(
  ({ name, version, licenseText }) => `${name} ${version}\n\n${licenseText}`,
);
writeFileSync(join(folder, 'LICENSES.txt'), licenses.join('\n'));
