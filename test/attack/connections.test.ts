import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type RunningProgram, realReview, startProgram } from '../rig/program.ts';
import { metric } from './rig/metric.ts';
import { openTcp, openTls, type RawClient, requestText } from './rig/raw-client.ts';

/** The limit of the webhook's connections, and those up to which there is plenty of room. */
const most = 4096;
const roomFor = 1024;

let program: RunningProgram;
let clients: RawClient[] = [];
beforeEach(async () => {
  program = await startProgram();
  clients = [];
});
afterEach(async () => {
  for (const { socket } of clients) socket.destroy();
  await program.stop();
});

const good = requestText(realReview);
const isOpen = ({ socket }: RawClient) => !socket.destroyed && !socket.readableEnded;

/**
 * Opens so many connections that ask nothing, a few at a time: more do not fit the queue of the
 * listening socket.
 */
async function openMany(count: number, open: (url: URL) => Promise<RawClient>): Promise<void> {
  const opening = async () => {
    while (clients.length < count) {
      const place = clients.length++;
      clients[place] = await open(program.url);
    }
  };
  await Promise.all(Array.from({ length: 50 }, opening));
}

async function ask(client: RawClient): Promise<void> {
  const before = client.answers().length;
  client.socket.write(good);
  await vi.waitFor(() => expect(client.answers().length).toBe(before + 1), { timeout: 20_000 });
  expect(client.answers().at(-1)?.status).toBe(200);
}

test.each([
  ['that finished the TLS handshake', openTls],
  ['that never began with TLS', openTcp],
])(
  'connections beyond the limit %s replace the oldest of their kind, not one that sent a request',
  async (_, open) => {
    const used = await openTls(program.url);
    await ask(used);
    await openMany(most + 200, open);
    for (let count = 0; count < 20; count++) {
      const client = await openTls(program.url);
      clients.push(client);
      await ask(client);
    }
    await ask(used);
    expect(await metric(program, 'detour_connections')).toBeLessThanOrEqual(most);
    // Those older than 15 s end without being asked for room.
    const cut = await Promise.all(
      ['crowded', 'silent'].map((why) =>
        metric(program, `detour_connections_cut_total{reason="${why}"}`),
      ),
    );
    expect(cut.reduce((sum, each) => sum + each)).toBeGreaterThanOrEqual(200);
    used.socket.destroy();
  },
);

test('connections that asked for something else do not keep an API server out either', async () => {
  await openMany(most, async (url) => {
    const client = await openTls(url);
    client.socket.write(requestText(' ', { path: '/nothing' }).slice(0, -1));
    return client;
  });
  const client = await openTls(program.url);
  clients.push(client);
  await ask(client);
});

test('idle connections stay open while there is room; if there is none, the oldest are closed', async () => {
  await openMany(roomFor - 100, openTls);
  await sleep(18_000);
  const early = clients.slice();
  expect(early.every(isOpen)).toBe(true);
  await ask(early[500] as RawClient);
  await openMany(roomFor + 200, openTls);
  await vi.waitFor(() => expect(clients.filter(isOpen).length).toBe(roomFor), { timeout: 10_000 });
  // It is old, but was used; those that are new stay for their 15 s.
  expect(isOpen(early[500] as RawClient)).toBe(true);
  expect(isOpen(early[0] as RawClient)).toBe(false);
  expect(clients.slice(early.length).every(isOpen)).toBe(true);
  await ask(early.at(-1) as RawClient);
});
