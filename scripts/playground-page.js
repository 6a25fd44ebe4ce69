import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundledPackages } from './bundled-packages.js';

/**
 * The playground: one HTML page with all in it, which works from a disk and on any static host, and the npm packages that it
 * holds code of. Fails where something of Node has come into what the page uses of the core.
 */
export async function buildPage(root, plugins = []) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [join(root, 'playground', 'main.tsx')],
    bundle: true,
    write: false,
    metafile: true,
    outdir: '/',
    format: 'esm',
    platform: 'browser',
    // The first versions of browsers that have light-dark().
    target: ['chrome123', 'firefox120', 'safari17.5'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
    plugins,
  });
  const textOf = (end) => outputFiles.find(({ path }) => path.endsWith(end))?.text.trim() ?? '';
  // Within a script element nothing may look like its end, nor like a comment with a script in it.
  const script = textOf('.js').replace(/<(?=\/script|script|!--)/gi, '\\x3c');
  const packages = bundledPackages(root, metafile);
  const parts = {
    licences: packages.map(notice).join('\n'),
    script,
    style: textOf('.css'),
    'script-hash': `sha256-${createHash('sha256').update(script).digest('base64')}`,
  };
  const page = readFileSync(join(root, 'playground', 'index.html'), 'utf8').replace(
    /\{\{([\w-]+)\}\}/g,
    (_, name) => parts[name],
  );
  return { page, packages };
}

/** Who wrote what the page holds; all their licences ask for that. */
function notice({ name, version, license, licenseText = '' }) {
  const copyright = /^.*copyright.*$/im.exec(licenseText)?.[0].trim();
  if (!['MIT', 'ISC'].includes(license) || copyright === undefined) {
    throw new Error(`playground/index.html lacks the licence of ${name}`);
  }
  return `${name} ${version}: ${license}. ${copyright}`.replaceAll('--', '-');
}
