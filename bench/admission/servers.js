// The servers that are compared: how each is started, found ready and stopped.
import { existsSync, openSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../command-line.js';
import { startChild, stopChild } from './children.js';
import { findFreePort, isListening, waitUntil } from './ports.js';

const detour = fileURLToPath(new URL('../../bin/detour.js', import.meta.url));
const built = fileURLToPath(new URL('../../dist', import.meta.url));
const rawNode = fileURLToPath(new URL('raw-node.js', import.meta.url));

/** Fails with a UsageError if `npm run build` has not run. */
export function requireDetour() {
  if (existsSync(detour) && existsSync(built)) return;
  throw new UsageError('detour is not built: run `npm ci && npm run build` first');
}

/** Lists each server by name, with a function that starts it afresh and returns when it listens. */
export function listServers({ names, peers, folder, certificate, goServer }) {
  const starters = {
    detour: () => startDetour({ folder, certificate }),
    'raw-node': () => startFloor(process.execPath, [rawNode], { folder, certificate }),
    'go-stdlib': () => startFloor(goServer, [], { folder, certificate }),
  };
  const compared = names.map((name) => ({ name, start: starters[name] }));
  return [...compared, ...peers.map((peer) => ({ name: peer.name, start: () => usePeer(peer) }))];
}

/** Starts Detour as it is run: its default rules, metrics on, a JSON log line for each review. */
export async function startDetour({ folder, certificate }) {
  const [port, healthPort] = [await findFreePort(), await findFreePort()];
  const files = certificate
    ? ['--tls-cert', certificate.certificate, '--tls-key', certificate.key]
    : [];
  const addresses = ['--listen', `127.0.0.1:${port}`, '--health-listen', `127.0.0.1:${healthPort}`];
  const args = [detour, 'serve', ...addresses, ...files, '--log-format', 'json'];
  const spawnedAt = performance.now();
  const server = startServer(process.execPath, args, folder);
  await waitUntil(() => isReady(healthPort), server.child, server.describeFailure);
  const startMs = performance.now() - spawnedAt;
  return { ...server, url: `https://127.0.0.1:${port}/mutate`, startMs };
}

async function startFloor(command, args, { folder, certificate }) {
  const port = await findFreePort();
  const files = [certificate.certificate, certificate.key];
  const server = startServer(command, [...args, `${port}`, ...files], folder);
  await waitUntil(() => isListening(port), server.child, server.describeFailure);
  return { ...server, url: `https://127.0.0.1:${port}/mutate` };
}

function usePeer({ url, pid }) {
  return { url, pid, stop: () => undefined };
}

/** Its output goes to a file, as a container runtime's does; no rules file is found in there. */
function startServer(command, args, folder) {
  const log = join(folder, 'server.log');
  const output = openSync(log, 'w');
  const { DETOUR_RULES: _, ...env } = process.env;
  const child = startChild(command, args, { cwd: folder, env, stdio: ['ignore', output, output] });
  const describeFailure = () => `${args[0]} did not start:\n${readFileSync(log, 'utf8')}`;
  return { child, pid: child.pid, describeFailure, stop: () => stopChild(child) };
}

function isReady(port) {
  return new Promise((resolve) => {
    const request = get({ port, host: '127.0.0.1', path: '/readyz', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('error', () => resolve(false));
  });
}
