/**
 * Measures how images are carried in files: npm run bench air-gap -- --help. Each step runs once, from
 * or to registries on 127.0.0.1, next to `skopeo copy` of each tag into an OCI layout.
 */
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from '../admission/children.js';
import { reportProgress } from '../admission/progress.js';
import { parseOptions, readNumber, runInFolder } from '../command-line.js';
import { applications } from '../sync/data-sets.js';
import { fillOrigin, findWrong } from '../sync/origin.js';
import { startRegistry } from '../sync/registry.js';
import { build } from '../sync/tools.js';

const usage = `Usage: npm run bench air-gap -- [options]

Exports the images of the benchmark \`sync\` to files, and imports them.

  --scale X  multiplies the sizes (default 0.1; 1: 1,013 MiB)
  --help     prints this`;

const root = join(import.meta.dirname, '..', '..');
const mebibyte = 1024 * 1024;
const timeoutMs = 3_600_000;

process.exitCode = await runInFolder({ name: 'air-gap-bench', usage }, async (folder) => {
  const { scale, help } = parseOptions(process.argv.slice(2), {
    scale: { type: 'string', default: '0.1' },
    help: { type: 'boolean', default: false },
  });
  if (help) console.log(usage);
  else await run(folder, readNumber('--scale', scale, { least: 0 }));
});

async function run(folder, scale) {
  const program = build('test/sync/build-registry.sh', 'distribution');
  for (const name of ['origin', 'mirror', 'home']) mkdirSync(join(folder, name));
  reportProgress('making the images');
  const origin = await startRegistry(program, join(folder, 'origin'));
  const { images, blobs } = await fillOrigin(origin.host, applications(scale));
  const mirror = await startRegistry(program, join(folder, 'mirror'));
  const detour = detourIn(folder, { source: origin.host, target: mirror.host, images });
  /** @type {[string, string[], string][]} */
  const steps = [
    ['export to oci:DIR', detour('--to', `oci:${join(folder, 'layout')}`), 'layout'],
    ['… again', detour('--to', `oci:${join(folder, 'layout')}`), 'layout'],
    ['export to oci-archive:FILE', detour('--to', `oci-archive:${join(folder, 'a.tar')}`), 'a.tar'],
    ['… again', detour('--to', `oci-archive:${join(folder, 'a.tar')}`), 'a.tar'],
    ['import of the archive', detour('--from', `oci-archive:${join(folder, 'a.tar')}`), 'mirror'],
    ['… again', detour('--from', `oci-archive:${join(folder, 'a.tar')}`), 'mirror'],
    ['skopeo copy to oci:DIR', skopeoIn(folder, origin.host, images), 'peer'],
  ];
  const rows = [];
  for (const [name, command, result] of steps) {
    reportProgress(name);
    const used = await measure(folder, command);
    rows.push({ name, ...used, bytes: sizeOf(join(folder, result)) });
  }
  print(rows, { images, blobs });
  const wrong = await findWrong(mirror.host, images);
  if (wrong.length > 0) console.log(`wrong at the mirror: ${wrong.join(', ')}`);
}

/** Returns what makes the commands of detour; the list is for exports. */
function detourIn(folder, { source, target, images }) {
  const rules = join(folder, 'detour.json');
  const list = join(folder, 'list.txt');
  const registries = { [source]: { plainHttp: true }, [target]: { plainHttp: true } };
  writeFileSync(
    rules,
    JSON.stringify({
      version: 1,
      registries,
      rules: [{ from: source, to: target }],
      sync: { referrers: false },
    }),
  );
  const names = images.map(({ repository, tag }) => `${source}/${repository}:${tag}\n`);
  writeFileSync(list, names.join(''));
  const program = [process.execPath, join(root, 'bin', 'detour.js'), '--rules', rules, 'sync'];
  return (option, layout) => [
    ...program,
    ...(option === '--to' ? ['--list', list] : []),
    option,
    layout,
  ];
}

function skopeoIn(folder, source, images) {
  const copy = 'skopeo --insecure-policy copy --quiet --all --src-tls-verify=false';
  const commands = images.map(
    ({ repository, tag }) =>
      `${copy} docker://${source}/${repository}:${tag} oci:${join(folder, 'peer')}:${source}/${repository}:${tag}`,
  );
  return ['bash', '-ec', commands.join('\n')];
}

async function measure(folder, command) {
  const home = join(folder, 'home');
  const output = join(folder, 'output.log');
  const env = { PATH: process.env.PATH, HOME: home, DOCKER_CONFIG: home };
  const script = join(import.meta.dirname, '..', 'sync', 'measure.py');
  const printed = await runChild('python3', [script, output, ...command], { timeoutMs, env });
  const { code, ...used } = JSON.parse(printed);
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}; see ${output}`);
  return used;
}

/** Returns the size of a file, or of all files in a folder, in bytes. */
function sizeOf(path) {
  if (!statSync(path).isDirectory()) return statSync(path).size;
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
  return names.reduce((sum, name) => {
    const found = statSync(join(path, name));
    return sum + (found.isFile() ? found.size : 0);
  }, 0);
}

function print(rows, { images, blobs }) {
  const bytes = [...blobs.values()].reduce((sum, size) => sum + size, 0);
  const lines = rows.map(({ name, wall, cpu, rss, bytes: size }) => {
    const cells = [wall.toFixed(2), cpu.toFixed(2), rss.toFixed(0), (size / mebibyte).toFixed(1)];
    return `| ${[name, ...cells].join(' | ')} |`;
  });
  console.log(
    [
      `\n${images.length} tags, ${blobs.size} blobs, ${(bytes / mebibyte).toFixed(1)} MiB\n`,
      '| step | wall s | CPU s | RSS MiB | MiB on disk |',
      '| ---- | ------ | ----- | ------- | ----------- |',
      ...lines,
    ].join('\n'),
  );
}
