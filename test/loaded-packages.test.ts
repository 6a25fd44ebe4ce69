import { build, type Metafile } from 'esbuild';
import { expect, test } from 'vitest';

/*
 * A command that loads a package takes longer to start, whether it uses it or not. What only some runs
 * need is imported when they need it.
 */

/** Lists the packages that a module loads as soon as it is imported itself. */
function packagesOf({ inputs }: Metafile, module: string): string[] {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { path, kind, external } of inputs[file]?.imports ?? []) {
      if (kind !== 'import-statement') continue;
      if (!external) visit(path);
      else if (!path.startsWith('node:')) packages.add(path);
    }
  };
  visit(module);
  return [...packages].sort();
}

test.each([
  ['src/cli/main.ts', ['commander']],
  ['src/cli/commands/sync/sync.ts', ['valibot', 'yaml']],
  ['src/cli/commands/resolve/resolve.ts', ['valibot', 'yaml']],
])('%s loads no package but %j', async (module, packages) => {
  const { metafile } = await build({
    entryPoints: [module],
    bundle: true,
    write: false,
    metafile: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    logLevel: 'silent',
  });
  expect(packagesOf(metafile, module)).toEqual(packages);
});
