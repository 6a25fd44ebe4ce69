// One measurement: a fresh server, its answer verified, warmed up, then measured.
import { setTimeout as sleep } from 'node:timers/promises';
import { sendRequests } from './h2load.js';
import { readCpuSeconds, readResidentMebibytes } from './process-tree.js';
import { verifyAnswer } from './verify.js';

const settleMs = 300; // what a server does after its start or after a burst is not the next one's

/** Runs `use` with a fresh server, whose process is ended in every case. */
export async function withServer({ name, start }, use) {
  const server = await start();
  try {
    await sleep(settleMs);
    return await use({ name, ...server });
  } finally {
    await server.stop();
  }
}

/** Verifies the server, warms it up and measures the requests after that. */
export async function measure(server, { folder, pem, body, warmUp, requests, perSecond }) {
  const { name, url, pid } = server;
  const idleMebibytes = ifKnown(pid, readResidentMebibytes);
  const isPeer = server.child === undefined;
  await verifyAnswer({
    name,
    url,
    body,
    pem: isPeer ? undefined : pem,
    expectsImages: name === 'detour',
  });
  await sendRequests(folder, { url, body, requests: warmUp });
  await sleep(settleMs);
  const cpuBefore = ifKnown(pid, readCpuSeconds);
  const result = await sendRequests(folder, { url, body, requests, perSecond });
  const cpuSeconds = ifKnown(pid, readCpuSeconds) - cpuBefore;
  return {
    ...result,
    cpuPerThousand: (cpuSeconds / requests) * 1000,
    idleMebibytes,
    afterMebibytes: ifKnown(pid, readResidentMebibytes),
  };
}

/** A peer's process is not known unless its PID was given. */
function ifKnown(pid, read) {
  return pid === undefined ? undefined : read(pid);
}
