import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const guide = readFileSync('docs/compile.md', 'utf8');

test.each([
  ['k3s', '/etc/rancher/k3s/registries.yaml', 'registries.yaml'],
  ['bottlerocket', 'user-data.toml', 'user-data.toml'],
  ['buildkit', 'buildkitd.toml', 'buildkitd.toml'],
])(
  'the recipe for %s replaces nothing where detour fails, nor does it add to it',
  (target, written, file) => {
    const recipe = guide.match(new RegExp(`^detour compile ${target} .*$`, 'm'))?.[0];
    expect(recipe).toContain(written);
    const folder = mkdtempSync(join(tmpdir(), 'detour-recipe-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const name of [file, 'configs.yaml', 'settings.toml'])
      writeFileSync(join(folder, name), `old ${name}\n`);
    const run = (detour: string) => {
      const others = 'systemctl() { :; }; docker() { :; }';
      const script = `${detour}; ${others}; ${recipe?.replace(written, file)} || true`;
      execFileSync('sh', ['-c', script], { cwd: folder });
      return readFileSync(join(folder, file), 'utf8');
    };
    expect(run('detour() { echo half; return 1; }')).toBe(`old ${file}\n`);
    const once = run('detour() { echo whole; }');
    expect(run('detour() { echo whole; }')).toBe(once);
  },
);
