/** Writes the playground into dist/playground. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildPage } from './playground-page.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'dist', 'playground');

const { page, packages } = await buildPage(root);
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'packages.json'), JSON.stringify(packages));
writeFileSync(join(folder, 'index.html'), page);
if (process.argv.includes('--size')) {
  console.log(`${page.length} bytes, ${gzipSync(page, { level: 9 }).length} gzipped`);
}
