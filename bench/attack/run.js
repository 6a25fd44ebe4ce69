/**
 * Good load next to each attack of `test/attack`: `node bench/attack/run.js [--list] [NAME…]`. For
 * each attack a fresh server; prints what became of good load (200 reviews a second) before and
 * during it, and the server's peak memory.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const names = process.argv.slice(2);
// Within the repository, so that packages are found.
const outdir = 'node_modules/.cache/image-detour/attack';
await buildPrograms();
const { attacks, measureAttacks } = await import(pathToFileURL(join(outdir, 'main.mjs')).href);
const unknown = names.find((name) => !attacks.some((attack) => attack.name === name));
if (names.includes('--list')) {
  for (const { name, summary } of attacks) console.log(`${name.padEnd(22)}${summary}`);
} else if (unknown !== undefined) {
  console.error(`there is no attack "${unknown}"; --list lists them`);
  process.exit(2);
} else {
  const file = (name) => join(outdir, `${name}.mjs`);
  await measureAttacks(names, { attacker: file('attacker'), goodLoad: file('good-load') });
}
// Connections that are kept would keep this process.
process.exit(0);

/** The attacks are TypeScript, which the oldest Node that we support does not read. */
async function buildPrograms() {
  await build({
    entryPoints: ['main', 'attacker', 'good-load'].map((name) => `test/attack/measure/${name}.ts`),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
}
