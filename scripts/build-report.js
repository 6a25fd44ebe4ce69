/** Writes the page of `detour sync --report FILE.html` into dist/report. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildReportPage } from './report-page.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'dist', 'report');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'page.html'), await buildReportPage(root));
