import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readListedImages } from '../src/cli/commands/sync/listed-images.ts';
import type { Terminal } from '../src/cli/terminal.ts';
import { decide } from '../src/decision/decide.ts';
import { chooseTags } from '../src/mirror/tags/choose-tags.ts';
import { loadRules } from '../src/rules/load.ts';
import type { RuleSet } from '../src/rules/rule-set.ts';
import { codeBlocks } from './support/code-blocks.ts';
import { runDetour } from './support/run-detour.ts';

const guides = [
  'docs/coming-from-container-mirror.md',
  'docs/coming-from-container-mirror.zh-CN.md',
] as const;

function read(file: string): string {
  return readFileSync(file, 'utf8');
}

let folder: string;
let rulesFile: string;
let ruleSet: RuleSet;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'container-mirror-'));
  cpSync('test/fixtures/container-mirror', folder, { recursive: true });
  rulesFile = join(folder, 'detour.yaml');
  const [rules = ''] = codeBlocks(guides[0], 'yaml');
  writeFileSync(rulesFile, rules);
  ruleSet = loadRules(rules).ruleSet as RuleSet;
});
afterAll(() => rmSync(folder, { recursive: true }));

const terminal = process as unknown as Terminal;

describe('the four lists, unchanged', () => {
  test('are read', async () => {
    const { listed, findings } = await readListedImages(
      undefined,
      { ruleSet, rulesFile },
      terminal,
    );
    expect(findings).toEqual([]);
    const images = listed.filter(({ isRepository }) => !isRepository);
    expect(images.map(({ image }) => image)).toEqual(['busybox:1.36-uclibc']);
    const repositories = listed.filter(({ isRepository }) => isRepository);
    expect(repositories.map(({ image }) => image)).toEqual(
      read(join(folder, 'required-images-daily.txt')).match(/^[^#\s]+$/gm),
    );
    expect(repositories).toHaveLength(126);
    expect(repositories[0]?.choice?.overwrite).toEqual({ within: 864_000_000 });
  });

  test('tags are chosen as by the daily script', async () => {
    const { listed } = await readListedImages(undefined, { ruleSet, rulesFile }, terminal);
    const filter = listed.at(-1)?.choice?.tags ?? {};
    const names = ['1.0', 'beta', '2-beta1', 'alphabet', '10-windowsservercore-ltsc2019', 'Beta'];
    const tags = [...names, '10-nanoserver', 'nano-server', 'latest', '1-alpine'];
    // mirror-images-daily.sh: [[ ${tag} =~ beta || ${tag} =~ alpha || … ]]
    const isLeftOut = (tag: string) => /beta|alpha|windowsservercore|nanoserver/.test(tag);
    const chosen = await chooseTags(
      tags.map((tag) => ({ tag })),
      filter,
      new Date(),
    );
    expect(chosen.tags).toEqual(tags.filter((tag) => !isLeftOut(tag)));
    expect(chosen.tags).toHaveLength(5);
  });

  test('what the never-lists name is not copied', async () => {
    writeFileSync(join(folder, 'blacklist-images.txt'), '#只填repo名称\nlibrary/redis\n');
    writeFileSync(join(folder, 'ignore-images.txt'), '#tag\nbusybox:1.36-uclibc\n');
    const { listed, findings, never } = await readListedImages(
      undefined,
      { ruleSet, rulesFile },
      terminal,
    );
    expect(listed.map(({ image }) => image)).not.toContain('redis');
    expect(findings).toMatchObject([{ image: 'redis:*', code: 'never' }]);
    expect(never.whatNames('busybox:1.36-uclibc')).toContain('ignore-images.txt:2');
  });
});

/** DOMAIN_MAP of mirror-base.sh. */
const scriptMap: Readonly<Record<string, string>> = {
  quayio: 'quay',
  'quay.io': 'quay',
  'gcr.io': 'gcr',
  'asia.gcr.io': 'gcr',
  'us.gcr.io': 'gcr',
  'k8s.gcr.io': 'gcr/google_containers',
  '602401143452.dkr.ecr.us-west-2.amazonaws.com': 'amazonecr',
  'docker.io': 'dockerhub',
};

/** Returns what replaceDomainName of mirror-base.sh makes of an image. */
function byScripts(image: string): string {
  const key = Object.keys(scriptMap).find((host) => image.startsWith(host));
  return key === undefined ? `dockerhub/${image}` : scriptMap[key] + image.slice(key.length);
}

describe.each(guides)('%s', (file) => {
  test('shows rules that hold, also to detour check', async () => {
    expect(codeBlocks(file, 'yaml')).toHaveLength(1);
    const { code, stdout } = await runDetour(['check', rulesFile]);
    expect(code).toBe(0);
    expect(stdout).toContain('valid, 12 origins, 0 findings');
  });

  test('shows what commands print', async () => {
    const [block = ''] = codeBlocks(file, 'console');
    const [command = '', ...output] = block.split('\n');
    const args = command.replace('$ detour ', '').split(' ');
    const { stdout } = await runDetour(['--rules', rulesFile, ...args]);
    expect(stdout).toBe(output.join('\n'));
  });

  test('compares where images go', () => {
    const rows = [...read(file).matchAll(/^\| `([^`]+)` +\| `([^`]+)` +\| `([^`]+)` +\|$/gm)];
    expect(rows).toHaveLength(9);
    const mirror = `${ruleSet.file.mirror}/`;
    for (const [, image = '', script, ours] of rows) {
      expect(byScripts(image)).toBe(script);
      expect(decide(image, ruleSet, { namespace: undefined }).image).toBe(mirror + ours);
    }
  });

  test('uses options that there are', async () => {
    const { stdout } = await runDetour(['sync', '--help']);
    const options = codeBlocks(file, 'sh').flatMap((block) => block.match(/--[a-z-]+/g) ?? []);
    expect(options.length).toBeGreaterThan(2);
    for (const option of options) expect(stdout).toContain(option);
  });
});
