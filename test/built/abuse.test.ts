import { mkdtempSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as tlsConnect } from 'node:tls';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { peakMemory, type RunningProgram, realReview, startProgram } from '../rig/program.ts';
import { reviewBody } from '../support/admission-review.ts';
import { send } from '../support/test-server.ts';

let program: RunningProgram;
afterEach(() => program.stop());

test('500 slow connections are closed in time, and no review fails meanwhile', async () => {
  program = await startProgram();
  const port = Number(program.url.port);
  const head = 'POST /mutate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
  const tls = () => tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  const kinds: Record<string, () => Socket> = {
    'no hello': () => connect(port, '127.0.0.1'),
    'header trickle': () => trickle(tls(), 'POST /mutate HTTP/1.1\r\nX-Slow: '),
    'body trickle': () => trickle(tls(), `${head}Content-Length: 100000\r\n\r\n`),
  };
  const slow = Object.entries(kinds).flatMap(([kind, open]) =>
    Array.from({ length: 167 }, () => ({ kind, seconds: secondsUntilClosed(open()) })),
  );
  const failures = await load(200, 35);
  const lives = await Promise.all(
    slow.map(async ({ kind, seconds }) => ({ kind, seconds: await seconds })),
  );
  const longest = (wanted: string) =>
    Math.max(...lives.filter(({ kind }) => kind === wanted).map(({ seconds }) => seconds));
  expect(failures).toEqual([]);
  // The limits (10 s, 10 s, 30 s) and a second for each look at the connections.
  expect(longest('no hello')).toBeLessThan(12);
  expect(longest('header trickle')).toBeLessThan(12);
  expect(longest('body trickle')).toBeLessThan(32);
});

/** Sends a byte each second after what is given first. */
function trickle(socket: Socket, first: string): Socket {
  socket.write(first);
  const timer = setInterval(() => socket.write('x'), 1000);
  return socket.once('close', () => clearInterval(timer));
}

/** Counts from when the connection stands: 334 handshakes take a busy machine a while. */
function secondsUntilClosed(socket: Socket): Promise<number> {
  let start = performance.now();
  return new Promise((resolve) => {
    for (const stands of ['connect', 'secureConnect'])
      socket.once(stands, () => {
        start = performance.now();
      });
    socket.on('error', () => undefined).resume();
    socket.once('close', () => resolve((performance.now() - start) / 1000));
  });
}

/** Sends so many reviews a second; gives what went wrong. */
async function load(rate: number, seconds: number): Promise<string[]> {
  const failures: string[] = [];
  const answers: Promise<void>[] = [];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const answer = program.post(realReview).then(
      ({ status, body }) => {
        if (status !== 200 || !body.includes('"patch"')) failures.push(`${status} ${body}`);
      },
      (error: Error) => {
        failures.push(error.message);
      },
    );
    answers.push(answer);
    await sleep(1000 / rate);
  }
  await Promise.all(answers);
  return failures;
}

/** How many hostile requests; `HOSTILE_RUNS=100000` for a long run. */
const hostileRuns = Number(process.env.HOSTILE_RUNS ?? 10_000);

test(`${hostileRuns} hostile requests: each is answered or refused with its status, and none ends the process or makes it call another server`, async () => {
  const preload = join(mkdtempSync(join(tmpdir(), 'detour-abuse-')), 'preload.cjs');
  writeFileSync(
    preload,
    `const { Socket } = require('node:net'); const { connect } = Socket.prototype;
Socket.prototype.connect = function (...args) { process.stderr.write('OUTBOUND'); return connect.apply(this, args); };`,
  );
  program = await startProgram({ NODE_OPTIONS: `--require ${preload}` });
  const seen = new Map<number, number>();
  const hostile = fc.sample(hostileRequest, { numRuns: hostileRuns, seed: 1 });
  const worker = async () => {
    for (let next = hostile.pop(); next !== undefined; next = hostile.pop()) {
      const { method, path, headers, body } = next;
      const status = await send(
        request(new URL(path, program.url), { method, headers, agent: program.agent }),
        body,
      ).then(
        (answer) => answer.status,
        () => 0,
      );
      seen.set(status, (seen.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  expect(program.exitCode()).toBeNull();
  expect(program.errors()).not.toContain('OUTBOUND');
  // 0: the connection ended before an answer, as HTTP allows for what cannot be read as a request.
  for (const status of seen.keys())
    expect([0, 200, 400, 404, 405, 413, 415, 417, 431]).toContain(status);
  expect(seen.get(0) ?? 0).toBeLessThan(hostileRuns / 20);
  // On a connection of its own: those of the hostile requests may be about to be closed.
  const fresh = request(program.url, {
    method: 'POST',
    agent: new Agent({ rejectUnauthorized: false }),
    headers: json,
  });
  expect((await send(fresh, realReview)).status).toBe(200);
}, 900_000);

const json = { 'content-type': 'application/json' };
const hostileRequest = fc.record({
  method: fc.constantFrom('POST', 'POST', 'POST', 'POST', 'GET', 'PUT', 'DELETE', 'OPTIONS'),
  path: fc.constantFrom(
    '/mutate',
    '/mutate',
    '/mutate',
    '/',
    '/mutate?timeout=3s',
    '/mutate?timeout=99999s',
    '/mutate?timeout=-1s',
    '/mutate/../x',
    '/__proto__',
    '/%00',
    `/${'a'.repeat(5000)}`,
  ),
  headers: fc.constantFrom<Record<string, string>>(
    json,
    json,
    json,
    {},
    { 'content-type': 'text/plain' },
    JSON.parse('{"content-type":"application/json","__proto__":"x"}'),
    { ...json, constructor: 'x' },
    { ...json, 'content-encoding': 'gzip' },
    { ...json, expect: 'something' },
    { ...json, 'x-long': 'x'.repeat(20_000) },
  ),
  body: fc.oneof(
    fc.constantFrom(
      '',
      '{',
      '[]',
      'null',
      '{"kind":"AdmissionReview"}',
      `${'['.repeat(50_000)}`,
      `${'{"a":'.repeat(50_000)}`,
      realReview.slice(0, 500),
      realReview.replace('"uid"', '"__proto__"'),
    ),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc
      .tuple(fc.nat(realReview.length), fc.string())
      .map(([at, text]) => realReview.slice(0, at) + text + realReview.slice(at + 1)),
  ),
});

test('eight of the largest legitimate reviews at once fit into 300 MB', async () => {
  program = await startProgram();
  const pod = {
    metadata: {},
    spec: {
      containers: [{ name: 'a', image: 'busybox', env: [{ name: 'X', value: '<'.repeat(1.4e6) }] }],
    },
  };
  const review = reviewBody({ operation: 'UPDATE', object: pod, oldObject: pod });
  const body = review.replaceAll('<', '\\u003c');
  expect(body.length).toBeGreaterThan(16.8e6);
  const answers = await Promise.all(Array.from({ length: 8 }, () => program.post(body)));
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
  expect(peakMemory(program.pid)).toBeLessThan(300);
});

describe('large bodies take turns, and none keeps another one waiting for long', () => {
  const head = (length: number) =>
    `POST /mutate?timeout=30s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
  const large = JSON.stringify({ ...JSON.parse(realReview), filler: 'x'.repeat(2e6) });

  function open(length: number, sent: number): Socket {
    const socket = tlsConnect({
      port: Number(program.url.port),
      host: '127.0.0.1',
      rejectUnauthorized: false,
    });
    socket.on('error', () => undefined).resume();
    socket.write(head(length));
    socket.write(Buffer.alloc(sent, ' '));
    return socket;
  }

  test('two that stall are ended when a third one arrives', async () => {
    program = await startProgram();
    const stalled = [open(3e6, 2e6), open(3e6, 2e6)];
    await sleep(1200);
    expect((await program.post(large)).status).toBe(200);
    for (const socket of stalled) socket.destroy();
  });

  test('those that go away while they wait give their turn back', async () => {
    program = await startProgram();
    for (let round = 0; round < 3; round++) {
      const sockets = [
        open(3e6, 2e6),
        open(3e6, 2e6),
        open(1_048_586, 1_048_586),
        open(1_048_586, 1_048_586),
      ];
      await sleep(200);
      for (const socket of sockets.reverse()) socket.destroy();
    }
    expect((await program.post(large)).status).toBe(200);
  });

  test('400 bodies that stop just below do not fill the memory', async () => {
    program = await startProgram();
    const sockets = Array.from({ length: 400 }, () => open(1_048_576, 1_048_570));
    await sleep(3000);
    expect((await program.post(realReview)).status).toBe(200);
    expect(peakMemory(program.pid)).toBeLessThan(300);
    for (const socket of sockets) socket.destroy();
  });

  test('chunks of one byte do not fill the memory', async () => {
    program = await startProgram();
    const socket = tlsConnect({
      port: Number(program.url.port),
      host: '127.0.0.1',
      rejectUnauthorized: false,
    });
    socket.on('error', () => undefined).resume();
    socket.write(
      'POST /mutate?timeout=30s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const chunks = Buffer.from('1\r\n \r\n'.repeat(10_000));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    for (let count = 0; count < 90 && !socket.destroyed; count++) {
      if (!socket.write(chunks))
        await Promise.race([closed, new Promise((resolve) => socket.once('drain', resolve))]);
    }
    expect((await program.post(realReview)).status).toBe(200);
    expect(peakMemory(program.pid)).toBeLessThan(200);
    socket.destroy();
  });
});

test('an annotation of a megabyte beside hundreds of containers holds nobody up', async () => {
  program = await startProgram();
  const containers = Array.from({ length: 400 }, (_, index) => ({
    name: `c${index}`,
    image: 'busybox',
  }));
  const pod = {
    metadata: { annotations: { 'image-detour/bypass': 'a,'.repeat(5e5) } },
    spec: { containers },
  };
  const answer = await program.post(reviewBody({ operation: 'CREATE', object: pod }));
  expect(answer.status).toBe(200);
}, 3000);

test('a log that nobody reads keeps neither admissions nor the end waiting', async () => {
  program = await startProgram({}, { readsLog: false });
  for (let count = 0; count < 1000; count++)
    expect((await program.post(realReview)).status).toBe(200);
}, 30_000);
