import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledPackages } from './bundled-packages.js';
import { fillPage, hashOf } from './page.js';
import { buildParts } from './playground-parts.js';

/**
 * Builds the playground: one HTML page with all in it, which works from a disk and on any static
 * host. Returns it with the npm packages that it holds code of. Fails if a module of Node has come
 * into what the page uses of the core.
 */
export async function buildPage(root, plugins = []) {
  const { first, later, style, laterStyle, metafile } = await buildParts(root, plugins);
  const script = inElement(first);
  const texts = [...later].map(([name, text]) => ({ name, text: inElement(text) }));
  const packages = bundledPackages(root, metafile);
  const { version, homepage: home } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const parts = {
    version,
    home,
    licences: packages.map(notice).join('\n'),
    style,
    'later-style': laterStyle,
    script,
    later: texts
      .map(({ name, text }) => `<script type="text/plain" data-part="${name}">${text}</script>`)
      .join('\n'),
    'script-hashes': [script, ...texts.map(({ text }) => text)].map(hashOf).join(' '),
  };
  return { page: fillPage(join(root, 'playground', 'index.html'), parts), packages };
}

/**
 * Within a script element nothing may look like its end, nor like a comment with a script in it.
 */
function inElement(script) {
  return script.replace(/<(?=\/script|script|!--)/gi, '\\x3c');
}

/** Who wrote what the page holds; all their licences ask for that. */
function notice({ name, version, license, licenseText = '' }) {
  const copyright = /^.*copyright.*$/im.exec(licenseText)?.[0].trim();
  if (!['MIT', 'ISC'].includes(license) || copyright === undefined) {
    throw new Error(`playground/index.html lacks the licence of ${name}`);
  }
  return `${name} ${version}: ${license}. ${copyright}`.replaceAll('--', '-');
}
