/**
 * Builds the playground: one HTML file with all in it, which works from a disk and on any static host. The build fails where
 * something of Node has come into what the page uses of the core.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'dist', 'playground');

const { outputFiles } = await build({
  entryPoints: [join(root, 'playground', 'main.tsx')],
  bundle: true,
  write: false,
  outdir: '/',
  format: 'esm',
  platform: 'browser',
  // The first versions of browsers that have light-dark().
  target: ['chrome123', 'firefox120', 'safari17.5'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  minify: true,
  legalComments: 'none',
});
const textOf = (end) => outputFiles.find(({ path }) => path.endsWith(end))?.text.trim() ?? '';
// Within a script element nothing may look like its end.
const script = textOf('.js').replaceAll('</script', '<\\/script');
const parts = {
  script,
  style: textOf('.css'),
  'script-hash': `sha256-${createHash('sha256').update(script).digest('base64')}`,
};
const page = readFileSync(join(root, 'playground', 'index.html'), 'utf8').replace(
  /\{\{([\w-]+)\}\}/g,
  (_, name) => parts[name],
);
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'index.html'), page);
if (process.argv.includes('--size')) {
  console.log(`${page.length} bytes, ${gzipSync(page, { level: 9 }).length} gzipped`);
}
