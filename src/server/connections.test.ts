import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { roomyLimits } from '../../test/support/roomy-limits.ts';
import { startTestServer, type TestServer } from '../../test/support/test-server.ts';
import { writeAnswer } from './answer.ts';
import type { Exchange } from './connection.ts';
import { type ConnectionLimits, Connections } from './connections.ts';

const { review } = JSON.parse(
  readFileSync('test/fixtures/admission-reviews/001-v1-CREATE-pods.json', 'utf8'),
);

const body = JSON.stringify(review);
const head = `POST /mutate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;

/** Stops the clock by which connections are checked. Sockets still work. */
function stopClock(): void {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
}

/** Opens a connection that is never used, as Go's transport leaves some. */
async function connectOnly(url: string): Promise<TLSSocket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined).resume();
  await once(socket, 'secureConnect');
  return socket;
}

const nextData = (socket: TLSSocket) =>
  new Promise<string>((resolve) => socket.once('data', (data) => resolve(`${data}`)));

/**
 * Waits until the server has read what was sent before: it answers in the order in which things
 * arrive.
 */
async function untilRead(server: TestServer): Promise<void> {
  await server.get('/healthz');
}

/**
 * Lets the clock go on until the server has stopped, and returns how long that took, in
 * milliseconds.
 */
async function untilStopped(stopped: Promise<void>): Promise<number> {
  let isStopped = false;
  void stopped.finally(() => {
    isStopped = true;
  });
  let passed = 0;
  for (; !isStopped; passed += 50) {
    vi.advanceTimersByTime(50);
    await sleep(1);
  }
  await stopped;
  return passed;
}

test('a connection that nobody used does not hold the end up', async () => {
  stopClock();
  const server = await startTestServer();
  await connectOnly(server.url);
  await untilRead(server);
  const passed = await untilStopped(server.stop(0));
  // After 20 s all are cut.
  expect(passed).toBeLessThan(20_000);
  server.agent.destroy();
});

test('one that is used first when the server ends is answered, and closed', async () => {
  stopClock();
  const server = await startTestServer();
  const socket = await connectOnly(server.url);
  const stopped = server.stop(0);
  const answer = nextData(socket);
  // Immediately, because from Node 26 on a server that ends closes connections that were never
  // used.
  socket.write(`${head}\r\n${body}`);
  expect(await answer).toMatch(/^HTTP\/1\.1 200 OK\r\n(.*\r\n)*Connection: close\r\n/i);
  await untilStopped(stopped);
  server.agent.destroy();
});

test('one whose first request is on its way when the server ends is answered', async () => {
  stopClock();
  const server = await startTestServer();
  const socket = await connectOnly(server.url);
  vi.advanceTimersByTime(1_500);
  const answer = nextData(socket);
  socket.write(head);
  await untilRead(server);
  const stopped = server.stop(0);
  await sleep(20);
  vi.advanceTimersByTime(500);
  socket.write(`\r\n${body}`);
  expect(await answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  await untilStopped(stopped);
  server.agent.destroy();
});

test('one that is used late is answered; who has begun must go on', async () => {
  const server = await startTestServer({
    timeouts: { headersTimeout: 200, connectionsCheckingInterval: 50 },
  });
  const late = await connectOnly(server.url);
  const begun = await connectOnly(server.url);
  const refusal = nextData(begun);
  begun.write(head);
  expect(await refusal).toBe('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
  // Node treats this one as late in the same way.
  await sleep(300);
  const answer = nextData(late);
  late.write(`${head}\r\n${body}`);
  expect(await answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  await server.stop(0);
  server.agent.destroy();
});

test('one that never begins with TLS, or with nonsense, is cut', async () => {
  const server = await startTestServer({ timeouts: { handshakeTimeout: 200 } });
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
});

describe('at the limit of connections', () => {
  /** Starts a server that answers GETs, and never answers PUTs. */
  async function start(limits: Partial<ConnectionLimits>) {
    const reasons: string[] = [];
    stopClock();
    const server = createServer();
    const handle = (exchange: Exchange) => {
      const { method } = exchange.request;
      if (method === 'PUT') return;
      exchange.connection.hasServed ||= method === 'GET';
      // After the request has ended: an earlier answer ends the connection.
      setImmediate(() => writeAnswer(exchange, { status: 200, type: 'text/plain', body: 'ok' }));
    };
    new Connections(server, { ...roomyLimits, ...limits }, handle, (reason) =>
      reasons.push(reason),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(async () => {
      server.close();
      server.closeAllConnections();
    });
    const use = async (socket: Socket, method: 'GET' | 'PUT') => {
      // One connection is made after the other.
      vi.advanceTimersByTime(1);
      const seen = method === 'PUT' ? once(server, 'request') : once(socket, 'data');
      socket.write(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
      await seen;
    };
    const open = async (method?: 'GET' | 'PUT') => {
      vi.advanceTimersByTime(1);
      const seen = once(server, 'connection');
      const socket = connectTcp((server.address() as AddressInfo).port, '127.0.0.1');
      onTestFinished(() => void socket.destroy());
      socket.on('error', () => undefined).resume();
      await Promise.all([seen, once(socket, 'connect')]);
      if (method !== undefined) await use(socket, method);
      return socket;
    };
    return { open, use, reasons };
  }

  const isOpen = (socket: Socket) => !socket.readableEnded && !socket.destroyed;
  const closed = (socket: Socket) => (isOpen(socket) ? once(socket, 'close') : undefined);

  test('the oldest that never got an answer goes first', async () => {
    const { open, use, reasons } = await start({});
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
    const { open, use, reasons } = await start({});
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
    const { open, use } = await start({ maxConnections: 2, crowdedAbove: 2 });
    const [first, second] = [await open('GET'), await open('GET')];
    await use(first, 'PUT');
    await use(second, 'PUT');
    const newest = await open();
    await closed(first);
    await use(newest, 'GET');
  });

  test('while there is no room, those that send nothing end after a short time, the oldest first', async () => {
    const { open, use, reasons } = await start({
      maxConnections: 100,
      crowdedAbove: 3,
      crowdedTime: 100,
    });
    const used = await open('GET');
    const silent = [await open(), await open(), await open(), await open()];
    vi.advanceTimersByTime(1_000);
    await Promise.all(silent.slice(0, 2).map(closed));
    // Three are left, so there is room again.
    vi.advanceTimersByTime(2_000);
    expect(silent.map(isOpen)).toEqual([false, false, true, true]);
    await use(used, 'GET');
    await use(silent[3] as Socket, 'GET');
    expect(reasons).toEqual(['silent', 'silent']);
  });
});
