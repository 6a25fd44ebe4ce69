import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'esbuild';
import { expect, test } from 'vitest';
// @ts-expect-error: a script without types
import { buildPage } from '../../scripts/playground-page.js';
import { fileAddress } from './rig.ts';

const root = join(import.meta.dirname, '../..');

test('takes at most 285 kB, gzipped, in all, and 97.4 kB until the first picture', () => {
  const page = readFileSync(fileURLToPath(fileAddress), 'utf8');
  const sizeOf = (text: string) => gzipSync(text, { level: 9 }).length;
  expect(sizeOf(page)).toBeLessThanOrEqual(285_000);
  // What comes later is in elements of its own, at the end.
  expect(sizeOf(page.slice(0, page.indexOf('<script type="text/plain"')))).toBeLessThanOrEqual(
    97_440,
  );
});

test('asks nobody for anything: its policy allows no connection, and names each script', () => {
  const page = readFileSync(fileURLToPath(fileAddress), 'utf8');
  const [, policy] =
    /Content-Security-Policy" content="default-src 'none'; script-src ([^;]+);/.exec(page) ?? [];
  const scripts = [...page.matchAll(/<script([^>]*)>(.*?)<\/script>/gs)];
  const hashes = scripts.map(([, , text = '']) =>
    createHash('sha256').update(text).digest('base64'),
  );
  expect(policy?.split(' ')).toEqual(hashes.map((hash) => `'sha256-${hash}'`));
  // One runs; what it does not need for the first picture is text until then.
  const asText = scripts.filter(([, attributes = '']) => / type="text\/plain" /.test(attributes));
  expect(asText).toHaveLength(scripts.length - 1);
  expect(page).not.toMatch(/(src|href)="https?:/);
});

test.each(["import 'node:fs';", "import { Buffer } from 'buffer';"])(
  'is not built where the core holds %s',
  async (line) => {
    const impure: Plugin = {
      name: 'impure',
      setup({ onLoad }) {
        onLoad({ filter: /src\/decision\/decide\.ts$/ }, ({ path }) => ({
          contents: `${line}\n${readFileSync(path, 'utf8')}`,
          loader: 'ts',
        }));
      },
    };
    await expect(buildPage(root, [impure])).rejects.toThrow('Could not resolve');
  },
);

test('has no types of Node in what it uses of the core', () => {
  execFileSync('npx', ['tsc', '--noEmit', '-p', 'playground'], { cwd: root });
});
