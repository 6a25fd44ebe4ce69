import { basename } from 'node:path';
import { build } from 'esbuild';
import { bundledPackages } from '../bundled-packages.js';
import { threads } from '../program-threads.js';

/**
 * Bundles the whole command line as `detour.mjs`, its threads, and what they load on demand, and
 * lists the npm packages of which they hold code. What is not loaded takes no memory: in one module
 * it would.
 */
export async function bundleProgram(root, version) {
  const { outputFiles, metafile } = await build({
    entryPoints: { detour: 'program', ...threads },
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    outdir: '/',
    outExtension: { '.js': '.mjs' },
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    // Errors and log lines show names.
    keepNames: true,
    // Licences stand whole in the SBOM.
    legalComments: 'none',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    plugins: [
      { name: 'program', setup: (hooks) => addProgram(hooks, root) },
      { name: 'place', setup: (hooks) => placeProgram(hooks, version) },
    ],
  });
  const files = outputFiles.map(({ path, text }) => ({ name: basename(path), text }));
  return { files, packages: bundledPackages(root, metafile) };
}

/** The program itself is not a file. */
function addProgram({ onResolve, onLoad }, root) {
  const contents =
    "import { run } from './src/cli/main.ts';\nprocess.exitCode = await run(process);\n";
  onResolve({ filter: /^program$/ }, () => ({ path: 'program', namespace: 'program' }));
  onLoad({ filter: /.*/, namespace: 'program' }, () => ({ contents, resolveDir: root }));
}

/** No package.json lies beside the bundle, and the modules lie in no folders. */
function placeProgram({ onLoad }, version) {
  const modules = {
    version: `export const version = ${JSON.stringify(version)}`,
    'package-root': "export const packageRoot = new URL('./', import.meta.url)",
  };
  for (const [name, contents] of Object.entries(modules)) {
    const filter = new RegExp(`[\\\\/]src[\\\\/]cli[\\\\/]${name}\\.ts$`);
    onLoad({ filter }, () => ({ contents, loader: 'js' }));
  }
}
