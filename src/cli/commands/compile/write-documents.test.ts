import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../../terminal.ts';
import { makeFoldersWithin, requireSameFolder } from './output-folder.ts';
import { writeDocuments } from './write-documents.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'detour-write-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const mark = '# From the rules file by `detour compile k3s`.\n';

/** Returns the message of the UsageError that the writing fails with. */
async function refused(documents: readonly { path: string; text: string }[]): Promise<string> {
  const error = await writeDocuments(folder, documents).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(UsageError);
  return (error as UsageError).message;
}

test.each([
  ['settings of others', 'daemon.json', '{"data-root": "/data"}\n', '{"registry-mirrors": []}\n'],
  ['settings below ours', 'r.yaml', `${mark}mirrors: {}\nconfigs: {}\n`, `${mark}mirrors: {}\n`],
  ['a text that is not YAML', 'r.yaml', 'mirrors: [\n', `${mark}mirrors: {}\n`],
])('a file that holds %s stays, and nothing else is written', async (_, path, old, text) => {
  const file = join(folder, path);
  writeFileSync(file, old);
  const message = await refused([
    { path: 'below/other.yaml', text: 'a: b\n' },
    { path, text },
  ]);
  expect(message).toContain(`${file} has settings that are not from the rules`);
  expect(readFileSync(file, 'utf8')).toBe(old);
  expect(readdirSync(folder)).toEqual([path]);
});

test('what we wrote is replaced and keeps its mode; what is the same already may be anything', async () => {
  const [ours, same] = ['registries.yaml', 'daemon.json'];
  writeFileSync(join(folder, ours), `${mark}mirrors: {a: b}\n`);
  chmodSync(join(folder, ours), 0o600);
  writeFileSync(join(folder, same), '{}\n');
  const documents = [
    { path: ours, text: `${mark}mirrors: {}\n` },
    { path: same, text: '{}\n' },
  ];
  expect(await writeDocuments(folder, documents)).toEqual([join(folder, ours), join(folder, same)]);
  expect(readFileSync(join(folder, ours), 'utf8')).toBe(`${mark}mirrors: {}\n`);
  expect(statSync(join(folder, ours)).mode & 0o7777).toBe(0o600);
});

test('a symbolic link is neither replaced nor followed', async () => {
  const text = `${mark}mirrors: {}\n`;
  writeFileSync(join(folder, 'elsewhere.yaml'), text);
  symlinkSync('elsewhere.yaml', join(folder, 'link.yaml'));
  expect(await refused([{ path: 'link.yaml', text: `${mark}mirrors: {a: b}\n` }])).toContain(
    'link.yaml is not a regular file',
  );
  expect(readFileSync(join(folder, 'link.yaml'), 'utf8')).toBe(text);
});

test('what has the name of the unfinished file is neither written to nor removed', async () => {
  const unfinished = join(folder, `a.yaml.${process.pid}.tmp`);
  const elsewhere = join(folder, 'elsewhere');
  symlinkSync(elsewhere, unfinished);
  expect(await refused([{ path: 'a.yaml', text: mark }])).toContain('EEXIST');
  expect([existsSync(elsewhere), readdirSync(folder)]).toEqual([
    false,
    [`a.yaml.${process.pid}.tmp`],
  ]);
});

test('if one cannot be written, those that were are reported; nothing unfinished is left', async () => {
  const message = await refused([
    { path: 'first', text: 'a' },
    { path: 'b', text: 'b' },
    { path: 'b/c', text: 'c' }, // makes a folder of b
  ]);
  expect(message).toContain(`; already written: ${join(folder, 'first')}`);
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['b', 'first']);
});

test.each(['../escaped', 'a/../../escaped', '..', '/escaped'])(
  '%s is outside the folder',
  async (path) => {
    const message = await refused([
      { path: 'a', text: 'a' },
      { path, text: 'b' },
    ]);
    expect(message).toContain(`${path} is outside ${folder}`);
    expect(readdirSync(folder)).toEqual([]);
  },
);

describe('a folder inside that is a symbolic link', () => {
  let elsewhere: string;
  beforeEach(() => {
    elsewhere = mkdtempSync(join(tmpdir(), 'detour-elsewhere-'));
  });
  afterEach(() => rmSync(elsewhere, { recursive: true }));

  test.each([
    ['the first', '', 'certs.d/a/b/hosts.toml'],
    ['one further in', 'certs.d/a', 'certs.d/a/b/hosts.toml'],
    ['one that leads to nothing yet', '', 'certs.d/a/hosts.toml'],
  ])('%s is not followed, and nothing is written', async (_, above, path) => {
    mkdirSync(join(folder, above), { recursive: true });
    const link = join(folder, above, above === '' ? 'certs.d' : 'b');
    symlinkSync(path.includes('b/') ? elsewhere : join(elsewhere, 'nothing'), link);
    const message = await refused([
      { path: 'first', text: 'a' },
      { path, text: mark },
    ]);
    expect(message).toContain(`${link} is a symbolic link`);
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(existsSync(join(folder, 'first'))).toBe(false);
  });

  test('one that leads within the folder is not followed either', async () => {
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'certs.d'));
    expect(await refused([{ path: 'certs.d/hosts.toml', text: mark }])).toContain('symbolic link');
    expect(readdirSync(join(folder, 'real'))).toEqual([]);
  });

  test('the folder that is named may be one', async () => {
    const link = join(folder, 'link');
    symlinkSync(elsewhere, link);
    await writeDocuments(link, [{ path: 'a/b', text: 'c' }]);
    expect(readFileSync(join(elsewhere, 'a', 'b'), 'utf8')).toBe('c');
  });

  test('a folder that becomes a symbolic link after the check is noticed', async () => {
    mkdirSync(join(folder, 'a'));
    await expect(requireSameFolder(folder, 'a/file')).resolves.toBeUndefined();
    rmSync(join(folder, 'a'), { recursive: true });
    symlinkSync(elsewhere, join(folder, 'a'));
    await expect(requireSameFolder(folder, 'a/file')).rejects.toThrow('leads to');
    await expect(makeFoldersWithin(folder, 'a/file')).rejects.toThrow('symbolic link');
  });
});

test('a file where a folder should be is reported', async () => {
  writeFileSync(join(folder, 'certs.d'), '');
  expect(await refused([{ path: 'certs.d/hosts.toml', text: mark }])).toContain('is not a folder');
});
