import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { codeBlocks } from './support/code-blocks.ts';

/* What can be checked of the guide without registries; test/sync/fill-your-mirror.test.ts runs it. */

const guides = ['docs/fill-your-mirror.md', 'docs/fill-your-mirror.zh-CN.md'] as const;
const languages = ['sh', 'yaml', 'json'];

function outline(file: string) {
  const lines = readFileSync(file, 'utf8').split('\n');
  return {
    blocks: languages.flatMap((language) => codeBlocks(file, language)),
    lines: lines.flatMap((line) => /^(?:#+ |\||- |\d\. )/.exec(line)?.[0] ?? []),
  };
}

test('both languages have the same blocks, headings and list items', () => {
  expect(outline(guides[1])).toEqual(outline(guides[0]));
});

test('every block of YAML and JSON is valid', () => {
  for (const block of codeBlocks(guides[0], 'yaml'))
    for (const document of parseAllDocuments(block)) expect(document.errors, block).toEqual([]);
  for (const block of codeBlocks(guides[0], 'json'))
    expect(JSON.parse(block)).toHaveProperty('Statement');
});

test('the policy allows what the reference lists', () => {
  const [policy = ''] = codeBlocks(guides[0], 'json');
  const allowed = new Set([...policy.matchAll(/"ecr:(\w+)"/g)].map(([, action]) => action));
  // What a user's own settings need besides is said below the policy.
  const [, permissions = ''] =
    /^- Permissions: (.*?), and for\s+`policy`/ms.exec(readFileSync('docs/sync.md', 'utf8')) ?? [];
  const listed = [...permissions.matchAll(/`(?:ecr:)?(\w+)`/g)].map(([, action]) => action);
  expect(listed.length).toBeGreaterThan(8);
  expect([...allowed].sort()).toEqual([...listed, 'SetRepositoryPolicy'].sort());
});
