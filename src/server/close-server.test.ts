import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
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

test('one that is opened just before the end is still answered', async () => {
  const server = await startTestServer();
  const socket = await connectOnly(server.url);
  const stopped = server.stop(0);
  const body = JSON.stringify(review);
  const answer = new Promise<string>((resolve) =>
    socket.once('data', (data) => resolve(`${data}`)),
  );
  socket.write(
    `POST /mutate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  expect(await answer).toMatch(/^HTTP\/1\.1 200 OK\r\n(.*\r\n)*Connection: close\r\n/i);
  await stopped;
  server.agent.destroy();
});
