import { describe, expect, test } from 'vitest';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { NeverCopied } from './never.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const other = `sha256:${'b'.repeat(64)}`;

function never(list: string, globs: readonly string[] = []): NeverCopied {
  const text = `version: 1\nrules: []\nsync: {never: ${JSON.stringify(globs)}}`;
  const found = new NeverCopied(loadRules(text).ruleSet as RuleSet);
  expect(found.addList(list, 'l')).toEqual([]);
  return found;
}

describe('a line of a list', () => {
  test.each([
    ['nginx', 'nginx'],
    ['nginx', 'docker.io/library/nginx:1.27'],
    ['docker.io/nginx', `index.docker.io/library/nginx@${digest}`],
    ['docker.io/library/nginx', 'nginx:1.27'],
    ['nginx:1.27', 'docker.io/nginx:1.27'],
    ['nginx:latest', 'nginx'],
    ['nginx:1.27', `nginx:1.27@${digest}`],
    [`nginx@${digest}`, `nginx:1.27@${digest}`],
    [`nginx:1.26@${digest}`, `nginx@${digest}`],
    ['localhost:5000/team/app', 'localhost:5000/team/app:1'],
  ])('%s names %s', (line, image) => {
    expect(never(line).whatNames(image)).toBe('l:1');
  });

  test.each([
    ['nginx', 'nginx-exporter:1'],
    ['nginx', 'team/nginx'],
    ['nginx:1.27', 'nginx:1.27.1'],
    ['nginx:1.27', 'nginx'],
    ['quay.io/nginx', 'nginx'],
    [`nginx@${digest}`, `nginx@${other}`],
  ])('%s does not name %s', (line, image) => {
    expect(never(line).whatNames(image)).toBeUndefined();
  });
});

test('a repository is named by its name, not by what names some of its tags', () => {
  const found = never('nginx\nredis:latest\n', ['docker.io/evil/*', '*:latest']);
  expect(found.whatNamesRepository('docker.io/nginx')).toBe('l:1');
  expect(found.whatNamesRepository('evil/app')).toBe('sync.never');
  expect(found.whatNamesRepository('redis')).toBeUndefined();
  expect(found.whatNames('redis')).toBe('sync.never');
});

test('a line that is not an image is reported, and comments are not', () => {
  const { ruleSet } = loadRules('version: 1\nrules: []');
  const found = new NeverCopied(ruleSet as RuleSet);
  expect(found.addList('# none\n\nnginx # why\nNGINX\nkind: Pod\n', 'l')).toEqual(['l:4', 'l:5']);
  expect(found.whatNames('nginx:1')).toBe('l:3');
});
