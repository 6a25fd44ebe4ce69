import type { RulesFile } from '../rules/schema.ts';

/** Finds the packed function in a text that has it. */
export const packed = /(?<=const packed = `)[^`]*(?=`)/;

/**
 * Returns the file that unpacks the function and runs it with the rules. The rules can be read in
 * it; the function cannot: as it is, it would take three quarters of a template.
 */
export function wrapFunction(base64: string, rules: RulesFile): string {
  const lines = base64.match(/.{1,180}/g) ?? [];
  return [
    '// image-detour: the rules, and src/lambda/handler.ts, minified, in Brotli and base64. In a clone, this prints the function:',
    '// npm run --silent build:lambda -- --print-code',
    `const rules = ${formatRules(rules)};`,
    "const { brotliDecompressSync } = require('node:zlib');",
    'const packed = `',
    ...lines,
    '`;',
    "const code = brotliDecompressSync(Buffer.from(packed, 'base64')).toString();",
    "new Function('module', 'require', 'rulesOfTemplate', code)(module, require, rules);",
    '',
  ].join('\n');
}

/**
 * Returns the function in a template, in Brotli and base64.
 *
 * @throws Error if there is none
 */
export function packedFunction(template: string): string {
  const [found] = packed.exec(template) ?? [];
  if (found === undefined) throw new Error('there is no packed function');
  return found.replaceAll(/\s/g, '');
}

/** Lists the keys that the function does not read. */
const unread = new Set(['$schema', 'expect', 'workloads', 'sync']);

/** Returns the rules as JSON in ASCII, a rule a line. */
function formatRules({ rules, ...others }: RulesFile): string {
  const file = Object.fromEntries(Object.entries(others).filter(([key]) => !unread.has(key)));
  const lines = rules.map((rule) => JSON.stringify(rule)).join(',\n');
  const json = `${JSON.stringify(file).slice(0, -1)},"rules":[\n${lines}\n]}`;
  return json.replace(
    /[^\n -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
