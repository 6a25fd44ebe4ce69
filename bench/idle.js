/**
 * Whether connections survive idling as kube-apiserver's do:
 * `node bench/idle.js [GAP_SECONDS=6] [ROUNDS=25]`. 24 connections each send a review, wait for the
 * gap, and send the next. A server that closes idle connections in that very moment fails some
 * (Node's default of 5 s: up to 18 %); kube-apiserver does not retry.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

const [gap = 6, rounds = 25] = process.argv.slice(2).map(Number);
const connections = 24;
const { review } = JSON.parse(
  readFileSync('test/fixtures/admission-reviews/001-v1-CREATE-pods.json', 'utf8'),
);
const body = JSON.stringify(review);

const server = spawn(
  process.execPath,
  ['bin/detour.js', 'serve', '--listen', '127.0.0.1:0', '--health-listen', '127.0.0.1:0'],
  { stdio: ['ignore', 'pipe', 'ignore'] },
);
process.once('exit', () => server.kill());
const [ready] = await once(server.stdout.setEncoding('utf8'), 'data');
server.stdout.resume();
const { webhook } = JSON.parse(ready.split('\n').find((line) => line.includes('"ready"')));

const outcomes = { answered: 0, failed: 0, reused: 0 };
await Promise.all(Array.from({ length: connections }, connection));
console.log(
  `${connections} connections, gaps of ${gap} s: ${outcomes.answered} answered, ${outcomes.failed} failed, ${outcomes.reused} on a connection that had idled`,
);
process.exit(0);

async function connection(_, index) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  for (let round = 0; round < rounds; round++) {
    await sendReview(agent);
    // A little earlier and later on each connection: the moment to meet is unknown.
    if (round < rounds - 1) await sleep(gap * 1000 + (index - connections / 2));
  }
  agent.destroy();
}

async function sendReview(agent) {
  try {
    const sent = request(webhook, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json' },
    }).end(body);
    const [response] = await once(sent, 'response');
    await once(response.resume(), 'end');
    outcomes[response.statusCode === 200 ? 'answered' : 'failed']++;
    if (sent.reusedSocket) outcomes.reused++;
  } catch {
    outcomes.failed++;
  }
}
