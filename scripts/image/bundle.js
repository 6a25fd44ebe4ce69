import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

/**
 * The whole command line as `detour.mjs` and what it loads on demand, and the npm packages of which they hold code. What is
 * not loaded takes no memory: in one module it would.
 */
export async function bundleProgram(root, version) {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents:
        "import { run } from './src/cli/main.ts';\nprocess.exitCode = await run(process);\n",
      resolveDir: root,
    },
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    outdir: '/',
    entryNames: 'detour',
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
    plugins: [{ name: 'evaluate version', setup: (hooks) => evaluateVersion(hooks, version) }],
  });
  const files = outputFiles.map(({ path, text }) => ({ name: basename(path), text }));
  return { files, packages: packagesOf(root, metafile) };
}

/** No package.json lies beside the bundle. */
function evaluateVersion({ onLoad }, version) {
  onLoad({ filter: /[\\/]src[\\/]cli[\\/]version\.ts$/ }, () => ({
    contents: `export const version = ${JSON.stringify(version)}`,
    loader: 'js',
  }));
}

function packagesOf(root, { outputs }) {
  const folders = Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([file]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0])
    .filter((folder) => folder !== undefined);
  return [...new Set(folders)].sort().map((folder) => readPackage(join(root, folder)));
}

function readPackage(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((each) => /^licen[cs]e(\.(md|txt))?$/i.test(each));
  return { name, version, license, licenseText: file && readFileSync(join(folder, file), 'utf8') };
}
