// The four measurements, each from what to do to rows of raw figures.
import { startChild } from './children.js';
import { sendRequests } from './h2load.js';
import { measure, withServer } from './measure.js';
import { readResidentMebibytes } from './process-tree.js';
import { reportProgress } from './progress.js';
import { startDetour } from './servers.js';
import { verifyAnswer } from './verify.js';

/** Says how many reviews a second the paced phase sends. */
export const pacedPerSecond = 1000;

/** Measures as many reviews as 32 connections get through, of both sizes, server after server. */
export async function runLoad(context) {
  const rows = [];
  for (let round = 0; round < context.rounds; round++) {
    for (const [size, numbers] of Object.entries(context.size.load)) {
      const row = await runRound(context, round, { body: context.bodies[size], ...numbers });
      rows.push(...row.map((figures) => ({ size, ...figures })));
    }
  }
  return rows;
}

/**
 * Measures the load of a busy cluster rather than all that a server can do: what users wait for.
 */
export async function runPaced(context) {
  const rows = [];
  for (let round = 0; round < context.rounds; round++) {
    const work = { body: context.bodies.small, perSecond: pacedPerSecond, ...context.size.paced };
    rows.push(...(await runRound(context, round, work)));
  }
  return rows;
}

/** Every server once, in an order that turns with the round: none is always first. */
async function runRound(context, round, work) {
  const rows = [];
  for (const server of rotate(context.servers, round)) {
    const figures = await withServer(server, (running) =>
      measure(running, { folder: context.folder, pem: context.certificate.pem, ...work }),
    );
    rows.push({ server: server.name, round, ...figures });
    reportProgress(
      `round ${round + 1}, ${work.body.name} body, ${server.name}: ${summarize(figures)}`,
    );
  }
  return rows;
}

/** Measures the memory of one server over many requests: does it stay level? */
export function runSoak({ folder, certificate, bodies, size }) {
  const { step, steps } = size.soak;
  const start = () => startDetour({ folder, certificate });
  return withServer({ name: 'detour', start }, async ({ name, url, pid }) => {
    await verifyAnswer({
      name,
      url,
      body: bodies.small,
      pem: certificate.pem,
      expectsImages: true,
    });
    const rows = [{ requests: 0, failed: 0, mebibytes: readResidentMebibytes(pid) }];
    for (let done = 1; done <= steps; done++) {
      const { failed } = await sendRequests(folder, { url, body: bodies.small, requests: step });
      rows.push({ requests: done * step, failed, mebibytes: readResidentMebibytes(pid) });
      reportProgress(
        `soak, ${done * step} requests: ${rows[rows.length - 1].mebibytes.toFixed(0)} MiB`,
      );
    }
    return rows;
  });
}

/**
 * Measures the time from spawning to the first answer 200 of /readyz, with an empty Node as the
 * floor.
 */
export async function runStart({ folder, certificate, size }) {
  const rows = [];
  for (let run = 0; run < size.start.runs; run++) {
    const files = await timeStart({ folder, certificate });
    const selfSigned = await timeStart({ folder });
    rows.push({ run, files, selfSigned, emptyNode: await timeEmptyNode() });
    reportProgress(
      `start ${run + 1}: ${files.toFixed(0)} ms, self-signed ${selfSigned.toFixed(0)} ms`,
    );
  }
  return rows;
}

async function timeStart(options) {
  const { startMs, stop } = await startDetour(options);
  await stop();
  return startMs;
}

function timeEmptyNode() {
  const spawnedAt = performance.now();
  const child = startChild(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  return new Promise((resolve) => {
    child.once('close', () => resolve(performance.now() - spawnedAt));
  });
}

function rotate(list, by) {
  const first = by % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}

function summarize({ cpuPerThousand, perSecond, p99Ms, failed }) {
  const cpu = Number.isFinite(cpuPerThousand) ? `${cpuPerThousand.toFixed(3)} s CPU/1,000, ` : '';
  const failures = failed === 0 ? '' : `, ${failed} FAILED`;
  return `${cpu}${perSecond.toFixed(0)}/s, p99 ${p99Ms.toFixed(2)} ms${failures}`;
}
