import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { startTestServer } from '../../test/support/test-server.ts';

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
