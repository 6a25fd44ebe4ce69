import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startTestServer } from '../../test/support/test-server.ts';
import { writeAnswer } from './answer.ts';
import type { Exchange } from './connection.ts';
import { type ConnectionLimits, Connections } from './connections.ts';

const { review } = JSON.parse(
  readFileSync('test/fixtures/admission-reviews/001-v1-CREATE-pods.json', 'utf8'),
);

/** As Go's transport leaves them: open, and never used. */
async function connectOnly(url: string) {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined).resume();
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  return socket;
}

test('a connection that nobody used does not hold the end up', async () => {
  const server = await startTestServer();
  const socket = await connectOnly(server.url);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const begun = performance.now();
  await server.stop(0);
  await closed;
  expect(performance.now() - begun).toBeLessThan(5_000);
  server.agent.destroy();
});

const body = JSON.stringify(review);
const head = `POST /mutate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
const nextData = (socket: TLSSocket) =>
  new Promise<string>((resolve) => socket.once('data', (data) => resolve(`${data}`)));

test('one that is used first when the server ends is answered, and closed', async () => {
  const server = await startTestServer();
  const socket = await connectOnly(server.url);
  const stopped = server.stop(0);
  const answer = nextData(socket);
  socket.write(`${head}\r\n${body}`);
  expect(await answer).toMatch(/^HTTP\/1\.1 200 OK\r\n(.*\r\n)*Connection: close\r\n/i);
  await stopped;
  server.agent.destroy();
});

test('one whose first request is on its way when the server ends is answered', async () => {
  const server = await startTestServer();
  const socket = await connectOnly(server.url);
  await sleep(1_500);
  const answer = nextData(socket);
  socket.write(head);
  await sleep(50);
  const stopped = server.stop(0);
  await sleep(500);
  socket.write(`\r\n${body}`);
  expect(await answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  await stopped;
  server.agent.destroy();
});

test('one that is used late is answered; who has begun must go on', async () => {
  const server = await startTestServer();
  const [late, begun] = await Promise.all([connectOnly(server.url), connectOnly(server.url)]);
  const refusal = nextData(begun);
  begun.write(head);
  await sleep(12_000);
  expect(await refusal).toBe('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
  const answer = nextData(late);
  late.write(`${head}\r\n${body}`);
  expect(await answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  await server.stop(0);
  server.agent.destroy();
}, 20_000);

test('one that never begins with TLS, or with nonsense, is cut', async () => {
  const server = await startTestServer();
  const { hostname, port } = new URL(server.url);
  const cut = (first: string) =>
    new Promise((resolve) => {
      const socket = connectTcp({ host: hostname, port: Number(port) });
      onTestFinished(() => void socket.destroy());
      socket.on('error', () => undefined).resume();
      socket.once('close', resolve);
      socket.write(first);
    });
  await Promise.all([cut(''), cut('GET / HTTP/1.1\r\n\r\n')]);
  await server.stop(0);
  server.agent.destroy();
}, 15_000);

describe('at the limit of connections', () => {
  /** A server that answers GETs, and never answers PUTs. */
  async function start(limits: Partial<ConnectionLimits>) {
    const reasons: string[] = [];
    const server = createServer();
    const handle = (exchange: Exchange) => {
      const { method } = exchange.request;
      if (method === 'PUT') return;
      exchange.connection.hasServed ||= method === 'GET';
      // Not before the request has ended: an earlier answer ends the connection.
      setImmediate(() => writeAnswer(exchange, { status: 200, type: 'text/plain', body: 'ok' }));
    };
    const roomy: ConnectionLimits = {
      ...{ mostWaiting: 16, most: 4, roomFor: 4, silentTime: 60_000, crowdedTime: 60_000 },
      ...{ readTime: 60_000, mostUnsent: 1e6 },
    };
    new Connections(server, { ...roomy, ...limits }, handle, (reason) => reasons.push(reason));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(async () => {
      server.close();
      server.closeAllConnections();
    });
    const open = async (method?: 'GET' | 'PUT') => {
      const socket = connectTcp((server.address() as AddressInfo).port, '127.0.0.1');
      onTestFinished(() => void socket.destroy());
      socket.on('error', () => undefined).resume();
      await once(socket, 'connect');
      if (method !== undefined) await use(socket, method);
      // The server has seen it before the next one comes.
      await sleep(20);
      return socket;
    };
    return { open, reasons };
  }

  async function use(socket: Socket, method: string): Promise<void> {
    socket.write(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
    if (method === 'PUT') await sleep(20);
    else await once(socket, 'data');
  }

  const isOpen = (socket: Socket) => !socket.readableEnded && !socket.destroyed;
  const closed = (socket: Socket) =>
    vi.waitFor(() => expect(isOpen(socket)).toBe(false), { timeout: 20_000 });

  test('the oldest that never got an answer goes first', async () => {
    const { open, reasons } = await start({});
    const served = await open('GET');
    const first = await open();
    const second = await open();
    await open('PUT');
    await open();
    await closed(first);
    await open();
    await closed(second);
    await use(served, 'GET');
    expect(reasons).toEqual(['crowded', 'crowded']);
  });

  test('then the idle one that was used least recently, and the busy ones last', async () => {
    const { open, reasons } = await start({});
    const sockets = [await open('GET'), await open('GET'), await open('GET'), await open('GET')];
    const [busy, used, idle, other] = sockets as [Socket, Socket, Socket, Socket];
    await use(busy, 'PUT');
    await use(used, 'GET');
    await open('GET');
    await closed(idle);
    await open('GET');
    await closed(other);
    expect(reasons).toEqual(['crowded', 'crowded']);
    expect([busy, used].map(isOpen)).toEqual([true, true]);
  });

  test('if all are busy, the one that began first', async () => {
    const { open } = await start({ most: 2, roomFor: 2 });
    const [first, second] = [await open('GET'), await open('GET')];
    await use(first, 'PUT');
    await use(second, 'PUT');
    const newest = await open();
    await closed(first);
    await use(newest, 'GET');
  });

  test('while there is no room, those that send nothing end after a short time, the oldest first', async () => {
    const { open, reasons } = await start({ most: 100, roomFor: 3, crowdedTime: 100 });
    const used = await open('GET');
    const silent = [await open(), await open(), await open(), await open()];
    await Promise.all(silent.slice(0, 2).map(closed));
    // Three are left: there is room again.
    await sleep(1_500);
    expect(silent.map(isOpen)).toEqual([false, false, true, true]);
    await use(used, 'GET');
    await use(silent[3] as Socket, 'GET');
    expect(reasons).toEqual(['silent', 'silent']);
  });
});
