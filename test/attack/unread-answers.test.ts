import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { rulesArguments } from '../rig/evasions/rules-file.ts';
import { type RunningProgram, realReview, startProgram } from '../rig/program.ts';
import { reviewOfMany } from './attacks/request.ts';
import { metric } from './rig/metric.ts';
import { openTls, requestText } from './rig/raw-client.ts';

/** The longest names that most images may get. */
const rules = `version: 1
rules:
  - from: docker.io
    to: mirror.example/${'m'.repeat(180)}
`;
let program: RunningProgram;
beforeEach(async () => {
  program = await startProgram({}, { args: rulesArguments(rules) });
});
afterEach(() => program.stop());

/**
 * Its answer has 4.8 MB: more than the kernels at both ends take of a connection that nobody reads.
 */
const long = requestText(reviewOfMany(10_000, () => `n:${'t'.repeat(100)}`));
/** One whose image is rewritten. */
const small = requestText(reviewOfMany(1, () => 'nginx'));
const soon = { timeout: 60_000, interval: 200 };

async function send(clients: number, text: string) {
  const sending = Array.from({ length: clients }, async () => {
    const client = await openTls(program.url, { reads: false });
    client.socket.write(text);
    return client;
  });
  return await Promise.all(sending);
}

const unread = () => metric(program, 'detour_connections_cut_total{reason="unread"}');
const connections = () => metric(program, 'detour_connections');

test('the server gives up an answer that nobody reads after a while', async () => {
  const clients = await send(2, long);
  await vi.waitFor(async () => expect(await unread()).toBe(2), soon);
  expect(await connections()).toBe(0);
  for (const { socket, text, ended } of clients) {
    socket.on('data', () => undefined).resume();
    await ended;
    expect(text()).not.toContain('}}');
  }
});

test('answers that nobody reads give way to newer ones when they fill the memory, and other clients still get answers', async () => {
  const clients = await send(25, long);
  const good: number[] = [];
  // Long before the time of the first is over: two of them fill the limit.
  await vi.waitFor(async () => {
    good.push((await program.post(realReview)).status);
    expect(await unread()).toBeGreaterThan(5);
  }, soon);
  expect(new Set(good)).toEqual(new Set([200]));
  program.agent.destroy();
  await vi.waitFor(async () => expect(await connections()).toBe(0), soon);
  for (const { socket } of clients) socket.destroy();
});

test('one review after another, whose answers nobody reads, end with the connection', async () => {
  const clients = await send(20, '');
  const sending = clients.map(async ({ socket }) => {
    socket.setMaxListeners(0);
    // Each in a turn of its own, or they would be too many at once.
    for (let count = 0; count < 20_000 && !socket.destroyed && socket.writable; count++) {
      if (!socket.write(small)) await Promise.race([onceDrained(socket), sleep(2_000)]);
    }
  });
  await Promise.all(sending);
  await vi.waitFor(async () => expect(await connections()).toBe(0), soon);
  expect((await program.post(realReview)).status).toBe(200);
});

const onceDrained = (socket: NodeJS.EventEmitter) =>
  new Promise((resolve) => socket.once('drain', resolve).once('close', resolve));

test('a client that reads slowly, but in time, gets the whole answer', async () => {
  const [client] = await send(1, long);
  const { socket } = client as NonNullable<typeof client>;
  let size = 0;
  socket.on('data', (chunk: Buffer) => {
    size += chunk.length;
    socket.pause();
    setTimeout(() => socket.resume(), 5);
  });
  await new Promise((resolve) => socket.once('end', resolve).once('close', resolve));
  expect(size).toBeGreaterThan(4e6);
  expect(await unread()).toBe(0);
});
