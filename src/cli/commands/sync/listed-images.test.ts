import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadRules } from '../../../rules/load.ts';
import type { RuleSet } from '../../../rules/rule-set.ts';
import type { Terminal } from '../../terminal.ts';
import { readListedImages } from './listed-images.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'detour-lists-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const terminal = process as unknown as Terminal;

/** Reads what is listed by a rules file with this `sync`, in the folder of the test. */
function read(sync: string, files: Readonly<Record<string, string>> = {}, lists?: string[]) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const { ruleSet, diagnostics } = loadRules(
    `version: 1\nrules: [{from: docker.io, to: m.example}]\nsync: ${sync}`,
  );
  expect(diagnostics).toEqual([]);
  const rules = { ruleSet: ruleSet as RuleSet, rulesFile: join(folder, 'detour.yaml') };
  return readListedImages(lists, rules, terminal);
}

test('a list may have hundreds of thousands of images', async () => {
  const file = join(folder, 'images.txt');
  const count = 300_000;
  writeFileSync(file, Array.from({ length: count }, (_, at) => `nginx:${at}\n`).join(''));
  const { listed } = await read('{}', {}, [file]);
  expect(listed).toHaveLength(count);
});

test('a list that the rules file names is a file, whatever it is called', async () => {
  const { ruleSet } = loadRules(
    'version: 1\nrules: [{from: docker.io, to: m.example}]\nsync: {lists: ["-"]}',
  );
  const rules = { ruleSet: ruleSet as RuleSet, rulesFile: 'detour.yaml' };
  await expect(readListedImages(undefined, rules, terminal)).rejects.toThrow('the list ./- cannot');
});

test('the lists of container-mirror work unchanged', async () => {
  const files = {
    'required-images.txt': '# comment\n\nbusybox:1.36-uclibc\n',
    'required-images-daily.txt': '# So far, only Docker Hub is supported.\nredis\nnginx\n',
    'blacklist-images.txt': '# repositories\nlibrary/nginx\n',
    'ignore-images.txt': '# images\ndocker.io/redis:5\n',
  };
  const { listed, findings, never } = await read(
    '{lists: [required-images.txt, {file: required-images-daily.txt, tags: {}, overwrite: 10d}], neverLists: [blacklist-images.txt, ignore-images.txt]}',
    files,
  );
  expect(listed).toMatchObject([
    { image: 'busybox:1.36-uclibc', isRepository: false },
    { image: 'redis', isRepository: true, choice: { overwrite: { within: 864_000_000 } } },
  ]);
  expect(findings).toMatchObject([
    {
      image: 'nginx:*',
      place: expect.stringMatching(/daily\.txt:3$/),
      code: 'never',
      message: expect.stringMatching(/blacklist-images\.txt:2 names it$/),
    },
  ]);
  expect(never.whatNames('redis:5')).toMatch(/ignore-images\.txt:2$/);
});

test('what the rules file says about tags holds for --list too, as for a retry of what failed', async () => {
  const files = {
    'daily.txt': 'redis\n',
    'plain.txt': 'httpd:*\n',
    'failed.txt':
      'docker.io/library/redis:*\nredis:7.2.1\nnginx:1.27\nredis:5\nbusybox:1\nhttpd:*\n',
  };
  const { listed } = await read(
    '{images: [redis:5, {from: nginx:1.27, overwrite: never}, {from: redis, tags: {latest: 1}}], lists: [plain.txt, {file: daily.txt, tags: {exclude: ["*beta*"]}, overwrite: 10d}]}',
    files,
    [join(folder, 'failed.txt')],
  );
  const daily = { tags: { exclude: ['*beta*'] }, overwrite: { within: 864_000_000 } };
  expect(listed.map(({ image, isRepository, choice }) => [image, isRepository, choice])).toEqual([
    ['docker.io/library/redis', true, { tags: { latest: 1 } }],
    ['docker.io/library/redis', true, daily],
    ['redis:7.2.1', false, daily],
    ['nginx:1.27', false, { overwrite: 'never' }],
    ['redis:5', false, daily],
    ['busybox:1', false, undefined],
    ['httpd', true, undefined],
  ]);
});

test('of several entries for an image of --list the strictest counts, as without --list', async () => {
  const { listed } = await read(
    `{images: [
      {from: redis, tags: {include: ["6.*"]}, overwrite: never},
      {from: redis, tags: {semver: ">=7"}, overwrite: 30d},
      {from: redis, tags: {pattern: "[0-9.]+"}, overwrite: 10d},
      {from: "redis:7.2", overwrite: always},
    ]}`,
    { 'list.txt': 'redis:7.2\nredis:6.2\nredis:edge\n' },
    [join(folder, 'list.txt')],
  );
  expect(listed.map(({ image, choice }) => [image, choice?.overwrite])).toEqual([
    ['redis:7.2', { within: 864_000_000 }],
    ['redis:6.2', 'never'],
    // No filter keeps it.
    ['redis:edge', 'never'],
  ]);
});

test('a rules file that says nothing about tags is not asked for its lists by --list', async () => {
  const { listed } = await read('{lists: [absent.txt]}', { 'list.txt': 'redis:7\n' }, [
    join(folder, 'list.txt'),
  ]);
  expect(listed).toMatchObject([{ image: 'redis:7' }]);
});

test('images that are never copied are left out of --list too', async () => {
  const files = { 'never.txt': 'nginx\n', 'list.txt': 'nginx:*\nredis\n' };
  const { listed, findings } = await read('{neverLists: [never.txt]}', files, [
    join(folder, 'list.txt'),
  ]);
  expect(listed).toMatchObject([{ image: 'redis' }]);
  expect(findings).toMatchObject([{ image: 'nginx:*' }]);
});

test.each([
  [
    '{lists: [{file: l.txt, tags: {}}]}',
    { 'l.txt': 'redis\nredis:7\n' },
    'are not repositories: FOLDER/l.txt:2; each line of this list is a repository without its tag',
  ],
  [
    '{lists: [{file: l.txt}]}',
    { 'l.txt': 'redis\nRedis\n' },
    'are not images: FOLDER/l.txt:2; each line of this list is an image',
  ],
  [
    '{images: [redis], neverLists: [n.txt]}',
    { 'n.txt': 'Redis\n' },
    'are not images: FOLDER/n.txt:1; each line of this list is an image or a repository',
  ],
  ['{images: [redis], neverLists: [n.txt]}', {}, 'the list FOLDER/n.txt cannot be read'],
])('%s with %j: %s', async (sync, files, message) => {
  await expect(read(sync, files)).rejects.toThrow(message.replaceAll('FOLDER', folder));
});
