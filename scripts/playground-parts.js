import { basename, join } from 'node:path';
import { build, transform } from 'esbuild';
import { browsers } from './page.js';

/*
 * The page's program in parts: a browser reads a script whole before it runs a line of it, and
 * editors are most of it. What the first picture needs is one script; the rest are texts that
 * become scripts when somebody asks for them. As modules they would be files of their own, and a
 * page that works from a disk has no files.
 */

/**
 * Runs a part that stands in the page as text. Inserted, a script runs at once, if the page's
 * policy knows its hash.
 */
const loader = `"use strict";
const parts = {}, loaded = {};
function part(name, run) { parts[name] = run; }
function require(name) {
  if (loaded[name] === undefined) {
    if (parts[name] === undefined) {
      const script = document.createElement("script");
      script.textContent = document.querySelector('[data-part="' + name + '"]').textContent;
      document.head.append(script);
      script.remove();
    }
    const module = { exports: {} };
    loaded[name] = module;
    try {
      parts[name](module, module.exports);
    } catch (error) {
      delete loaded[name];
      throw error;
    }
  }
  return loaded[name].exports;
}
`;

/**
 * Builds the scripts of the page: `first` is a script; `later` are scripts by the names that their
 * text is asked for.
 */
export async function buildParts(root, plugins) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [join(root, 'playground', 'main.tsx')],
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    outdir: '/',
    entryNames: '[name]',
    format: 'esm',
    platform: 'browser',
    target: browsers,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'silent',
    plugins,
  });
  const textOf = (path) => outputFiles.find((file) => file.path === `/${path}`)?.text.trim();
  const outputs = Object.entries(metafile.outputs).map(([path, { imports }]) => ({
    name: basename(path),
    needs: imports.filter(({ kind }) => kind === 'import-statement'),
  }));
  const scripts = outputs.filter(({ name }) => name.endsWith('.js'));
  const needs = new Map(
    scripts.map(({ name, needs }) => [name, needs.map(({ path }) => basename(path))]),
  );
  const first = new Set(['main.js']);
  for (const name of first) for (const other of needs.get(name) ?? []) first.add(other);
  const texts = new Map();
  // Their names have hashes, which cannot be compressed.
  const numbers = new Map(scripts.map(({ name }, number) => [`./${name}`, `${number}`]));
  const numbered = (text) => text.replace(/\.\/[\w-]+\.js/g, (path) => numbers.get(path) ?? path);
  for (const { name } of scripts)
    texts.set(name, numbered(await partOf(`./${name}`, textOf(name))));
  const { code } = await transform(loader, { minify: true, target: browsers });
  return {
    first: [
      code,
      ...[...first].map((name) => texts.get(name)),
      numbered('require("./main.js")'),
    ].join('\n'),
    later: new Map(
      [...texts]
        .filter(([name]) => !first.has(name))
        .map(([name, text]) => [numbers.get(`./${name}`), text]),
    ),
    style: textOf('main.css') ?? '',
    laterStyle: await laterStyle(root),
    metafile,
  };
}

/** Builds the styles that the first paint does not need. A script's would be put with the rest. */
async function laterStyle(root) {
  const entryPoints = [join(root, 'playground', 'style', 'later.css')];
  const { outputFiles } = await build({
    entryPoints,
    bundle: true,
    minify: true,
    target: browsers,
    write: false,
  });
  return outputFiles[0]?.text.trim() ?? '';
}

async function partOf(name, text) {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'browser',
    target: browsers,
    minify: true,
    legalComments: 'none',
    charset: 'utf8',
    // So that it is asked of `require` as well.
    supported: { 'dynamic-import': false },
  });
  return `part("${name}",(module,exports)=>{"use strict";${code.trim()}\n})`;
}
