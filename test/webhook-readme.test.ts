import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { detour } from './support/run-detour.ts';

const files = ['webhook/README.md', 'webhook/README.zh-CN.md'];
const texts = files.map((file) => readFileSync(file, 'utf8'));
const [english = '', chinese = ''] = texts;
const blocks = (text: string) =>
  [...text.matchAll(/^```\w+\n(.*?)^```/gms)].map(([, body = '']) => body);

test('both languages show the same commands and files', () => {
  expect(blocks(chinese)).toEqual(blocks(english));
});

test('both languages have the same chapters, tables and lists', () => {
  const shape = (text: string) =>
    text.split('\n').flatMap((line) => /^(#+|\||-(?= )|\d\.(?= ))/.exec(line)?.[0] ?? []);
  expect(shape(chinese)).toEqual(shape(english));
});

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

test.each(files)('the links of %s lead somewhere', (file) => {
  const text = readFileSync(file, 'utf8');
  const anchors = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );
  for (const [, link = ''] of text.matchAll(/\]\((?!http)([^)]*)\)/g)) {
    if (link.startsWith('#')) expect(anchors).toContain(link.slice(1));
    else expect(existsSync(join('webhook', link.replace(/#.*/, ''))), link).toBe(true);
  }
});

test('the files that it applies are there, and its detour commands print what kubectl takes', async () => {
  const commands = blocks(english).join('').split('\n');
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
