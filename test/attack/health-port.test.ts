import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type RunningProgram, startProgram } from '../rig/program.ts';
import { openTcp, type RawClient } from './rig/raw-client.ts';

const most = 512;

let program: RunningProgram;
let clients: RawClient[] = [];
beforeEach(async () => {
  program = await startProgram();
});
afterEach(async () => {
  for (const { socket } of clients) socket.destroy();
  await program.stop();
});

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const isOpen = ({ socket }: RawClient) => !socket.destroyed && !socket.readableEnded;
const probe = async () => (await fetch(new URL('/healthz', program.healthUrl))).status;

/** Opens so many connections, and sends `text` on each at once. */
async function open(count: number, { reads = true, text = '' } = {}): Promise<RawClient[]> {
  clients = [];
  const opening = async () => {
    while (clients.length < count) {
      const place = clients.length++;
      const client = await openTcp(program.healthUrl, { reads });
      client.socket.write(text);
      clients[place] = client;
    }
  };
  await Promise.all(Array.from({ length: 50 }, opening));
  return clients;
}

test('200 requests at once on each of 400 connections get one answer each, and every connection ends', async () => {
  await open(400, { reads: false, text: get('/metrics').repeat(200) });
  expect(await probe()).toBe(200);
  const all = clients.map(async ({ socket, ended }) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    await ended;
    return text.split('HTTP/1.1 200 OK').length - 1;
  });
  expect(new Set(await Promise.all(all))).toEqual(new Set([1]));
  expect(await probe()).toBe(200);
});

test('connections that nobody uses do not keep probes out, and end', async () => {
  await open(3 * most);
  expect(await probe()).toBe(200);
  await vi.waitFor(() => expect(clients.filter(isOpen).length).toBeLessThanOrEqual(most));
  expect(await probe()).toBe(200);
  await vi.waitFor(() => expect(clients.filter(isOpen).length).toBe(0), { timeout: 30_000 });
});

test('each answer is the last of its connection', async () => {
  const [client] = (await open(1, { text: get('/healthz') })) as [RawClient];
  await client.ended;
  expect(client.answers()).toEqual([{ status: 200, isLast: true, body: 'ok\n' }]);
});

test('many that ask for the metrics at once get what one rendering gives', async () => {
  await open(100, { text: get('/metrics') });
  await Promise.all(clients.map(({ ended }) => ended));
  // The time that the process has used is another one in each rendering.
  const renderings = new Set(clients.map(({ answers }) => answers()[0]?.body));
  expect(renderings.size).toBeLessThan(20);
  expect([...renderings].every((body) => body?.includes('detour_build_info'))).toBe(true);
});
