/**
 * Writes the templates of webhook/ from src/lambda/templates/ (src/aws-template/ builds them). With
 * --print NAME one goes to standard output instead, with --print-code the function alone, as it
 * runs.
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { parse } from 'yaml';

const root = new URL('..', import.meta.url);
const path = (name) => fileURLToPath(new URL(name, root));
/** What CloudFormation takes as --template-body; more would have to lie in a bucket. */
const maxTemplate = 51_200;

/** Where each is written. */
const outputs = {
  'api-gateway.yaml': 'webhook/api-gateway.yaml',
  'sam.yaml': 'webhook/sam/template.yaml',
  'function-url.yaml': 'webhook/sam/function-url.yaml',
};

const { defaultRulesText } = await importTypeScript('src/rules/default.ts');
const { buildTemplate } = await importTypeScript('src/aws-template/template.ts');
const { readTemplateSource } = await importTypeScript('src/aws-template/source.ts');
const code = await bundle();
const source = readTemplateSource(root, brotliCompressSync(code).toString('base64'));

const [option, wanted] = process.argv.slice(2);
if (option === '--print') process.stdout.write(make(wanted));
else if (option === '--print-code') process.stdout.write(code);
else for (const [name, output] of Object.entries(outputs)) writeFileSync(path(output), make(name));

function make(name) {
  const rules = { file: parse(defaultRulesText), areFinal: false, optOutLabel: true };
  const template = buildTemplate(name, source, rules);
  if (template.length > maxTemplate) throw new Error(`${name} has ${template.length} bytes`);
  console.error(`${name}: ${template.length} bytes`);
  return template;
}

/** The function: one CommonJS file, which is all that Lambda takes inline. */
async function bundle() {
  const { outputFiles } = await build({
    entryPoints: ['src/lambda/handler.ts'],
    absWorkingDir: path('.'),
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    minify: true,
    plugins: [{ name: 'rules of the template', setup: takeRulesOfTemplate }],
  });
  return outputFiles[0].text;
}

/** The rules come from the template: as YAML, they would need a parser. */
function takeRulesOfTemplate({ onLoad }) {
  onLoad({ filter: /[\\/]default-rules\.ts$/ }, () => ({
    contents: 'export const defaultRules = rulesOfTemplate',
    loader: 'js',
  }));
}

async function importTypeScript(name) {
  const { outputFiles } = await build({
    entryPoints: [path(name)],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    packages: 'external',
  });
  const module = { exports: {} };
  const require = createRequire(import.meta.url);
  new Function('module', 'exports', 'require', outputFiles[0].text)(
    module,
    module.exports,
    require,
  );
  return module.exports;
}
