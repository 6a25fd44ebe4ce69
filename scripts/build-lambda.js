/**
 * Writes the templates of webhook/: those of src/lambda/templates/ with the parts that they share,
 * the bundled function and the webhook's configuration in them. With --print NAME one goes to
 * standard output instead, with --print-code the function alone.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { parse, stringify } from 'yaml';

const root = fileURLToPath(new URL('..', import.meta.url));
const path = (name) => `${root}${name}`;
const read = (name) => readFileSync(path(`src/lambda/templates/${name}`), 'utf8');
/** What CloudFormation takes as --template-body; more would have to lie in a bucket. */
const maxTemplate = 51_200;

/** Where each is written, and the webhook's URL in its outputs. */
const gatewayUrl = 'https://${Host}.execute-api.${AWS::Region}.${AWS::URLSuffix}/call${Segment}';
const templates = {
  'api-gateway.yaml': { output: 'webhook/api-gateway.yaml', url: gatewayUrl },
  'sam.yaml': { output: 'webhook/sam/template.yaml', url: gatewayUrl },
  'function-url.yaml': {
    output: 'webhook/sam/function-url.yaml',
    url: 'https://${Host}${Segment}',
  },
};

const { defaultRulesText } = await importTypeScript('src/rules/default.ts');
const { buildWebhookConfiguration } = await importTypeScript(
  'src/admission/webhook-configuration.ts',
);
const { systemNamespaces } = await importTypeScript('src/workload/opt-out.ts');
const parts = Object.fromEntries(
  readdirSync(path('src/lambda/templates/parts')).map((name) => [
    name.replace('.yaml', ''),
    read(`parts/${name}`),
  ]),
);
const code = await bundle();

const [option, wanted] = process.argv.slice(2);
if (option === '--print') process.stdout.write(make(wanted));
else if (option === '--print-code') process.stdout.write(code);
else
  for (const name of Object.keys(templates))
    writeFileSync(path(templates[name].output), make(name));

function make(name) {
  const { text: webhook, objectSelector } = webhookConfiguration(templates[name].url);
  const inserted = { ...parts, code, webhook };
  inserted['object-selector'] = parts['object-selector'].replace('@SELECTOR@', objectSelector);
  const whole = fillIn(read(name), inserted);
  const template = whole.replaceAll('@HASH@', deploymentHash(whole));
  if (!/^[\n -~]+$/.test(template)) throw new Error(`${name} is not printable ASCII`);
  if (template.length > maxTemplate) throw new Error(`${name} has ${template.length} bytes`);
  console.error(`${name}: ${template.length} bytes`);
  return template;
}

function webhookConfiguration(url) {
  const configuration = buildWebhookConfiguration({
    name: 'image-detour',
    address: { url },
    caBundle: undefined,
    kubernetes: 36,
    failurePolicy: 'Ignore',
    timeoutSeconds: 3,
    excludedNamespaces: systemNamespaces,
  });
  const { objectSelector } = configuration.webhooks[0];
  configuration.webhooks[0].objectSelector = '${ObjectSelector}';
  const text = stringify(configuration, { lineWidth: 0, aliasDuplicateObjects: false });
  return {
    text: text.replace('timeoutSeconds: 3\n', 'timeoutSeconds: ${WebhookTimeoutSeconds}\n'),
    // On one line: what is put in place of a variable is not moved in.
    objectSelector: stringify(objectSelector, { collectionStyle: 'flow', lineWidth: 0 }).trim(),
  };
}

/**
 * The function: one CommonJS file, which is all that Lambda takes inline. Twice as large, to be
 * read, it would not fit.
 */
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
    // Each line is moved in by ten columns, which count in the limit of a template.
    lineLimit: 400,
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
  return text.replace(/^( *)@([a-z-]+)@$/gm, (_, indent, mark) => {
    if (texts[mark] === undefined) throw new Error(`there is no part ${mark}`);
    return texts[mark].trimEnd().replace(/^(?=.)/gm, indent);
  });
}
