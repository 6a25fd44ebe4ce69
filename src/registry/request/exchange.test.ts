import { Agent } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { exchange } from './exchange.ts';

test('a success that comes before all was sent closes its connection', async () => {
  let closed: (() => void) | undefined;
  const isClosed = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const server = createServer((socket: Socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\n'));
    socket.on('error', () => undefined);
    socket.once('close', () => closed?.());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true });
  const stream = new Readable({ read: () => undefined });
  stream.push('abc');
  const sent = exchange({
    method: 'PUT',
    url: new URL(`http://127.0.0.1:${port}/`),
    headers: {},
    body: { length: 1_000, open: () => Promise.resolve(stream) },
    agent,
    path: '/',
    timing: { stall: 60_000, commit: 60_000 },
  });
  await expect(sent).rejects.toThrow('the answer came before all was sent');
  await isClosed;
  agent.destroy();
  server.close();
});
