/**
 * Writes webhook/api-gateway.yaml: src/lambda/api-gateway.template.yaml with the bundled function and the webhook's
 * configuration in it. With --print it goes to standard output instead, with --print-code the function alone.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { parse, stringify } from 'yaml';

const root = fileURLToPath(new URL('..', import.meta.url));
const path = (name) => `${root}${name}`;
/** What CloudFormation takes as --template-body; more would have to lie in a bucket. */
const maxTemplate = 51_200;

const { defaultRulesText } = await importTypeScript('src/rules/default.ts');
const { buildWebhookConfiguration } = await importTypeScript(
  'src/kubernetes/webhook-configuration.ts',
);

const code = await bundle();
const webhook = stringify(
  buildWebhookConfiguration({
    name: 'image-detour',
    target: { url: 'https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/call${Segment}' },
    caBundle: undefined,
    kubernetes: 36,
    failurePolicy: 'Ignore',
    timeoutSeconds: 3,
    excludedNamespaces: ['kube-system', 'image-detour'],
  }),
  { lineWidth: 0, aliasDuplicateObjects: false },
);
const source = readFileSync(path('src/lambda/api-gateway.template.yaml'), 'utf8');
const template = fillIn(source.replaceAll('@HASH@', deploymentHash(source)), {
  '@CODE@': code,
  '@WEBHOOK@': webhook,
});
if (!/^[\n -~]+$/.test(template)) throw new Error('the template is not printable ASCII');
if (template.length > maxTemplate) throw new Error(`the template has ${template.length} bytes`);

if (process.argv.includes('--print-code')) process.stdout.write(code);
else if (process.argv.includes('--print')) process.stdout.write(template);
else writeFileSync(path('webhook/api-gateway.yaml'), template);
console.error(`the template has ${template.length} bytes, the function ${code.length}`);

/** The function: one CommonJS file, which is all that Lambda takes inline. Twice as large, to be read, it would not fit. */
async function bundle() {
  const { outputFiles } = await build({
    entryPoints: ['src/lambda/handler.ts'],
    absWorkingDir: root,
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    minify: true,
    lineLimit: 120,
    banner: { js: '// image-detour, made from src/lambda/handler.ts, where it can be read' },
    plugins: [{ name: 'evaluate default rules', setup: evaluateDefaultRules }],
  });
  return escapeControls(outputFiles[0].text);
}

/** The default rules go in as their value, not as YAML with its parser. */
function evaluateDefaultRules({ onLoad }) {
  onLoad({ filter: /[\\/]default-rules\.ts$/ }, () => ({
    contents: `export const defaultRules = ${JSON.stringify(parse(defaultRulesText))}`,
    loader: 'js',
  }));
}

/** Raw control characters, which stand in strings and patterns only, make YAML unreadable. */
function escapeControls(text) {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /[\x00-\x09\x0b-\x1f\x7f]/g,
    (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

async function importTypeScript(name) {
  const { outputFiles } = await build({
    entryPoints: [path(name)],
    bundle: true,
    write: false,
    format: 'esm',
  });
  const encoded = Buffer.from(outputFiles[0].text).toString('base64');
  return import(`data:text/javascript;base64,${encoded}`);
}

/** Of all that a deployment shows: what stands from the API down to the stage. */
function deploymentHash(text) {
  const shown = text.slice(text.indexOf('\n  Api:\n'), text.indexOf('\n  Stage:\n'));
  return createHash('sha256').update(shown).digest('hex').slice(0, 10);
}

/** Puts each text where its mark stands, every line as far in as the mark. */
function fillIn(text, texts) {
  return text.replace(/^( *)(@[A-Z]+@)$/gm, (_, indent, mark) =>
    texts[mark].trimEnd().replace(/^(?=.)/gm, indent),
  );
}
