import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { codeBlocks } from './support/code-blocks.ts';

/* What can be checked of the guide without registries; test/sync/fill-your-mirror.test.ts runs it. */

const guide = 'docs/fill-your-mirror.md';

test('every block of YAML and JSON is valid', () => {
  for (const block of codeBlocks(guide, 'yaml'))
    for (const document of parseAllDocuments(block)) expect(document.errors, block).toEqual([]);
  for (const block of codeBlocks(guide, 'json'))
    expect(JSON.parse(block)).toHaveProperty('Statement');
});

test('the policy allows what the reference lists', () => {
  const [policy = ''] = codeBlocks(guide, 'json');
  const allowed = new Set([...policy.matchAll(/"ecr:(\w+)"/g)].map(([, action]) => action));
  // What a user's own settings need besides is said below the policy.
  const [, permissions = ''] =
    /^- Permissions: (.*?), and for\s+`policy`/ms.exec(readFileSync('docs/sync.md', 'utf8')) ?? [];
  const listed = [...permissions.matchAll(/`(?:ecr:)?(\w+)`/g)].map(([, action]) => action);
  expect(listed.length).toBeGreaterThan(8);
  expect([...allowed].sort()).toEqual([...listed, 'SetRepositoryPolicy'].sort());
});
