import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { UsageError } from '../command-line.js';
import { createBodies } from './bodies.js';
import { killAllChildren, runChild } from './children.js';
import { requireH2load } from './h2load.js';
import { readOptions, usage } from './options.js';
import { runLoad, runPaced, runSoak, runStart } from './phases.js';
import { reportProgress } from './progress.js';
import { formatReport } from './report.js';
import { listServers, requireDetour } from './servers.js';
import { createCertificate, createWorkFolder } from './work-folder.js';

const runners = { load: runLoad, paced: runPaced, soak: runSoak, start: runStart };

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return console.log(usage);
  const folder = createWorkFolder();
  cleanUpAtExit(folder);
  await runBenchmark(options, folder.path);
}

async function runBenchmark(options, folder) {
  const loadBefore = loadavg()[0];
  const context = await prepare(options, folder);
  const results = {};
  for (const phase of options.phases) results[phase] = await runners[phase](context);
  const { bodies } = context;
  const environment = await describeEnvironment(loadBefore);
  const report = { environment, rounds: options.rounds, results };
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  console.log(formatReport({ ...report, bodies }));
}

async function prepare(options, folder) {
  await requireH2load();
  const names = options.serverNames;
  const needsDetour = names.includes('detour') || options.phases.some(measuresDetourAlone);
  if (needsDetour) requireDetour();
  const goServer = names.includes('go-stdlib') ? buildGoServer() : undefined;
  const certificate = createCertificate(folder);
  const bodies = createBodies(folder);
  reportProgress(`bodies of ${bodies.small.text.length} and ${bodies.big.text.length} bytes`);
  const servers = listServers({ names, peers: options.peers, folder, certificate, goServer });
  return { folder, certificate, bodies, servers, rounds: options.rounds, size: options.size };
}

/** Returns where the server is that is built once for the user. */
function buildGoServer() {
  const script = 'bench/admission/build-go-server.sh';
  return execFileSync(script, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
}

function measuresDetourAlone(phase) {
  return phase === 'soak' || phase === 'start';
}

async function describeEnvironment(loadBefore) {
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    go: await readGoVersion(),
    cpus: `${processors.length} × ${processors[0].model.trim()}`,
    loadBefore,
    loadAfter: loadavg()[0],
  };
}

async function readGoVersion() {
  try {
    const text = await runChild('go', ['env', 'GOVERSION'], { timeoutMs: 10_000 });
    return `Go ${text.trim().replace(/^go/, '')}`;
  } catch {
    return 'no Go';
  }
}

function cleanUpAtExit(folder) {
  process.once('exit', () => {
    killAllChildren();
    folder.remove();
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
}

main().catch((error) => {
  console.error(error instanceof UsageError ? error.message : error);
  process.exit(error instanceof UsageError ? 2 : 1);
});
