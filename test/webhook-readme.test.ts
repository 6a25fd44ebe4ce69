import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { codeBlocks } from './support/code-blocks.ts';
import { detour } from './support/run-detour.ts';

const files = ['webhook/README.md', 'webhook/README.zh-CN.md'];

test.each(files)('%s names every parameter of the template', (file) => {
  const template = parse(readFileSync('webhook/api-gateway.yaml', 'utf8'), { logLevel: 'silent' });
  const table =
    readFileSync(file, 'utf8')
      .match(/^\| `.*$/gm)
      ?.join('\n') ?? '';
  for (const name of Object.keys(template.Parameters)) expect(table).toContain(`\`${name}\``);
  for (const name of Object.keys(template.Outputs)) {
    expect(readFileSync(file, 'utf8')).toContain(`\`${name}\``);
  }
});

test('the files that it applies are there, and its detour commands print what kubectl takes', async () => {
  const english = readFileSync('webhook/README.md', 'utf8');
  const commands = codeBlocks('webhook/README.md', 'sh').join('').split('\n');
  for (const [, file = ''] of english.matchAll(/(?:apply -f|--template-file) (webhook\/\S+)/g)) {
    expect(existsSync(file), file).toBe(true);
  }
  const detours = commands.filter((line) => line.startsWith('detour webhook '));
  expect(detours.length).toBeGreaterThan(1);
  for (const line of detours) {
    const command = line.replace(/ \| .*/, '').replace('"$URL"', 'https://webhook.example.com/x');
    expect(parse(await detour(command)).kind).toBe('MutatingWebhookConfiguration');
  }
});
