/**
 * Writes the function that is packed with a rules file into a folder:
 * `node scripts/build-lambda-package.js DIR`. What `sam build` runs (webhook/sam/Makefile).
 */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the folder to write to');

await build({
  entryPoints: ['src/lambda/full-handler.ts'],
  absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
  outfile: `${folder}/index.mjs`,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  minify: true,
  keepNames: true,
  // The runtime has it, and only require() finds it there: packages that a module imports are
  // looked for beside it.
  external: ['@aws-sdk/*'],
  supported: { 'dynamic-import': false },
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
});
