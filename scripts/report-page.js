import { join } from 'node:path';
import { build } from 'esbuild';
import { browsers, fillPage, hashOf } from './page.js';

/**
 * Builds the page of `detour sync --report FILE.html`: one HTML page in which the program puts
 * `{{summary}}` and `{{data}}`. Its policy names its one script and its one style.
 */
export async function buildReportPage(root) {
  const folder = join(root, 'report');
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [join(folder, 'main.ts')],
    bundle: true,
    write: false,
    outdir: '/',
    format: 'iife',
    platform: 'browser',
    target: browsers,
    minify: true,
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'silent',
  });
  const [script, style] = ['.js', '.css'].map(
    (end) => outputFiles.find(({ path }) => path.endsWith(end))?.text.trim() ?? '',
  );
  const parts = { script, style, 'script-hash': hashOf(script), 'style-hash': hashOf(style) };
  return fillPage(join(folder, 'page.html'), parts);
}
