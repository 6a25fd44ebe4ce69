import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../command-line.js';
import { runChild } from './children.js';
import { quantile } from './statistics.js';

const connections = 32;
const timeoutMs = 300_000;

/** Fails with a UsageError if h2load is not installed. */
export async function requireH2load() {
  try {
    await runChild('h2load', ['--version'], { timeoutMs: 10_000 });
  } catch {
    throw new UsageError('h2load is missing: install nghttp2 (Debian package nghttp2-client)');
  }
}

/**
 * Sends a body over HTTP/1.1 keep-alive, as fast as answers come back or at a given number of
 * requests a second, and answers the rate, the latencies and how many requests failed.
 *
 * @param {string} folder
 * @param {{ url: string, body: { file: string }, requests: number, perSecond?: number }} load
 */
export async function sendRequests(folder, { url, body, requests, perSecond }) {
  const log = join(folder, 'h2load.tsv');
  rmSync(log, { force: true });
  const load = ['--h1', '-t', '1', '-c', `${connections}`, '-n', `${requests}`, '-d', body.file];
  const header = ['-H', 'content-type: application/json', `--log-file=${log}`];
  await runChild('h2load', [...load, ...header, ...pace(perSecond), url], { timeoutMs });
  return summarize(readLog(log), requests);
}

/**
 * One connection is opened each millisecond and then sends at its own even pace. Opened all at
 * once they would send in bursts of 32, and the last of a burst would wait for the others.
 */
function pace(perSecond) {
  if (perSecond === undefined) return [];
  return ['-r', '1', '--rate-period=1ms', `--rps=${perSecond / connections}`];
}

function readLog(path) {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const [start, status, microseconds] = line.split('\t').map(Number);
    return { start, status, microseconds };
  });
}

function summarize(rows, requests) {
  const answered = rows.filter(({ status }) => status === 200);
  const latencies = answered.map(({ microseconds }) => microseconds).sort((a, b) => a - b);
  return {
    requests,
    failed: requests - answered.length,
    perSecond: answered.length / (span(answered) / 1e6),
    p50Ms: quantile(latencies, 0.5) / 1000,
    p99Ms: quantile(latencies, 0.99) / 1000,
    maxMs: latencies.at(-1) / 1000,
  };
}

/** Microseconds from the first request to the last answer: without handshakes. */
function span(rows) {
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  for (const { start, microseconds } of rows) {
    first = Math.min(first, start);
    last = Math.max(last, start + microseconds);
  }
  return last - first;
}
