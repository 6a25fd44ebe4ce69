/**
 * Compares `detour sync` with other tools: npm run bench sync -- --help. The tools take turns, so
 * that other work on the machine affects them alike, and each run begins with a registry of its own.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { reportProgress } from '../admission/progress.js';
import { runInFolder } from '../command-line.js';
import { applications, smallIndex, smallTags } from './data-sets.js';
import { measure } from './measure.js';
import { readOptions, usage } from './options.js';
import { fillOrigin } from './origin.js';
import { startRegistry } from './registry.js';
import { formatReport } from './report.js';
import { build } from './tools.js';

process.exitCode = await runInFolder({ name: 'sync-bench', usage }, async (folder) => {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) console.log(usage);
  else await compare(options, folder);
});

async function compare(options, folder) {
  const program = build('test/sync/build-registry.sh', 'distribution');
  for (const name of ['applications', 'small', 'tags']) {
    const workloads = options.workloads.filter((workload) => setOf(workload) === name);
    if (workloads.length === 0) continue;
    reportProgress(`making the images: ${name}`);
    const origin = await startOrigin(program, join(folder, name), imagesOf(name, options));
    for (const workload of workloads)
      for (const roundTrip of options.roundTrips)
        await measureRounds({ workload, roundTrip }, origin, options);
    await origin.registry.stop();
    rmSync(join(folder, name), { recursive: true });
  }
}

/** Measures a workload, and prints its table. */
async function measureRounds(run, origin, options) {
  const results = [];
  for (let round = 1; round <= options.rounds; round++)
    results.push(...(await measureRound({ ...run, round }, origin, options)));
  console.log(formatReport(results, { ...run, origin }));
  if (options.json === undefined) return;
  appendFileSync(options.json, results.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

/** Which images a workload copies. */
function setOf(workload) {
  return { cold: 'applications', warm: 'applications', small: 'small' }[workload] ?? 'tags';
}

function imagesOf(name, { scale, tags }) {
  if (name === 'applications') return applications(scale);
  return name === 'small' ? smallIndex() : smallTags(tags);
}

async function startOrigin(program, folder, images) {
  mkdirSync(join(folder, 'origin'), { recursive: true });
  const registry = await startRegistry(program, join(folder, 'origin'));
  const filled = await fillOrigin(registry.host, images);
  return { ...filled, program, registry, folder };
}

/** Lets each tool run once; who begins changes from round to round. */
async function measureRound(run, origin, { tools }) {
  const results = [];
  for (let turn = 0; turn < tools.length; turn++) {
    const tool = tools[(turn + run.round) % tools.length];
    const folder = join(origin.folder, 'run');
    mkdirSync(join(folder, 'mirror'), { recursive: true });
    if (run.workload.endsWith('warm')) copyImages(origin.registry.folder, join(folder, 'mirror'));
    const mirror = await startRegistry(origin.program, join(folder, 'mirror'));
    const figures = await measure(tool, { origin, mirror, folder, roundTrip: run.roundTrip });
    await mirror.stop();
    rmSync(folder, { recursive: true });
    reportProgress(
      `${run.workload}, ${run.roundTrip} ms, round ${run.round}: ${tool.name} ${figures.wall.toFixed(2)} s`,
    );
    results.push({ ...run, tool: tool.name, ...figures });
  }
  return results;
}

/** Registries replace their files and do not change them, so hard links will do. */
function copyImages(from, to) {
  execFileSync('cp', ['-al', join(from, 'images'), to]);
}
