/** Measures one run of a tool, from outside. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild, startChild, stopChild } from '../admission/children.js';
import { findFreePort, isListening, waitUntil } from '../admission/ports.js';
import { findWrong } from './origin.js';
import { bytesRead, bytesWritten } from './registry.js';

/** The longest run, in milliseconds. */
const timeoutMs = 3_600_000;

/**
 * Lets a tool fill a mirror. Returns wall and CPU time in seconds, the RSS of its largest process
 * in MiB, requests at both registries, bytes read from the origin and written to the mirror, and
 * the images that are wrong at the mirror.
 */
export async function measure(tool, { origin, mirror, folder, roundTrip }) {
  const { images, blobs, registry } = origin;
  const way = await delay([registry.host, mirror.host], roundTrip);
  const [source, target] = way.hosts;
  const home = join(folder, 'home');
  mkdirSync(home);
  const command = tool.command({ folder: home, source, target, images });
  const marks = [registry.mark(), mirror.mark()];
  const output = join(folder, 'output.log');
  const script = join(import.meta.dirname, 'measure.py');
  const env = { PATH: process.env.PATH, HOME: home, DOCKER_CONFIG: home };
  const printed = await runChild('python3', [script, output, ...command], { timeoutMs, env });
  const { code, ...used } = JSON.parse(printed);
  if (code !== 0) throw new Error(`${tool.name} ended with ${code}:\n${tailOf(output)}`);
  await way.stop();
  const atSource = registry.since(marks[0]);
  const atTarget = mirror.since(marks[1]);
  const wrong = await findWrong(mirror.host, images);
  return {
    ...used,
    sourceRequests: atSource.length,
    targetRequests: atTarget.length,
    read: bytesRead(atSource),
    written: bytesWritten(atTarget, blobs),
    wrong,
  };
}

/** Puts a proxy before each host that makes it as far away as the round trip says, in ms. */
async function delay(hosts, roundTrip) {
  if (roundTrip === 0) return { hosts, stop: () => undefined };
  const ports = [];
  for (const _ of hosts) ports.push(await findFreePort());
  const ways = hosts.map((host, n) => `${ports[n]}=${host.split(':')[1]}`);
  const script = join(import.meta.dirname, 'delay-proxy.js');
  const child = startChild(process.execPath, [script, String(roundTrip), ...ways], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  for (const port of ports)
    await waitUntil(
      () => isListening(port),
      child,
      () => 'the proxy that delays did not start',
    );
  return { hosts: ports.map((port) => `127.0.0.1:${port}`), stop: () => stopChild(child) };
}

function tailOf(file) {
  return readFileSync(file, 'utf8').split('\n').slice(-20).join('\n');
}
