/** Starts registries (distribution 3), and reads what was asked of them in their logs. */
import { openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChild, stopChild } from '../admission/children.js';
import { findFreePort, isListening, waitUntil } from '../admission/ports.js';

/**
 * Registry is one that runs on a port of 127.0.0.1.
 *
 * @typedef {{ host: string, folder: string, mark: () => number, since: (mark: number) => Request[], stop: () => unknown }} Registry
 * @typedef {{ method: string, path: string, status: number, bytes: number }} Request
 */

/**
 * Starts a registry with its images in `folder`.
 *
 * @returns {Promise<Registry>}
 */
export async function startRegistry(program, folder) {
  const port = await findFreePort();
  const host = `127.0.0.1:${port}`;
  const configuration = join(folder, 'config.json');
  writeFileSync(configuration, configure(host, folder));
  const log = join(folder, 'access.log');
  const errors = join(folder, 'errors.log');
  const child = startChild(program, ['serve', configuration], {
    stdio: ['ignore', openSync(log, 'w'), openSync(errors, 'w')],
  });
  await waitUntil(
    () => isListening(port),
    child,
    () => `the registry did not start: ${readFileSync(errors, 'utf8')}`,
  );
  return {
    host,
    folder,
    mark: () => statSync(log).size,
    since: (mark) => readRequests(readFileSync(log).subarray(mark).toString()),
    stop: () => stopChild(child),
  };
}

function configure(host, folder) {
  return JSON.stringify({
    version: 0.1,
    storage: { filesystem: { rootdirectory: join(folder, 'images') } },
    http: { addr: host },
    log: { level: 'error', accesslog: { disabled: false } },
  });
}

/** The log has Apache's combined format, with the bytes of the body. */
function readRequests(text) {
  const line = /"(\w+) (\S+) HTTP\/1\.\d" (\d+) (\d+)/g;
  return [...text.matchAll(line)].map(([, method, path, status, bytes]) => ({
    method,
    path,
    status: Number(status),
    bytes: Number(bytes),
  }));
}

/** Returns how many bytes a registry sent. */
export function bytesRead(requests) {
  return requests.reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * Returns how many bytes of blobs a registry stored, each as often as it came.
 *
 * @param {Request[]} requests
 * @param {Map<string, number>} blobs their sizes
 */
export function bytesWritten(requests, blobs) {
  const stored = requests.flatMap(({ method, path, status }) => {
    const digest = /[?&]digest=([^&]+)/.exec(path)?.[1];
    const isStored = method === 'PUT' && status === 201 && digest !== undefined;
    return isStored ? (blobs.get(decodeURIComponent(digest)) ?? 0) : [];
  });
  return stored.reduce((sum, size) => sum + size, 0);
}
