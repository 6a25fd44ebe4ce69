import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { PushGateway } from './push-gateway.ts';

/** Writes one byte again and again, so that the connection is never silent. */
function trickle(response: ServerResponse): void {
  const timer = setInterval(() => response.write(' '), 20);
  response.once('close', () => clearInterval(timer));
}

test.each([
  ['that sends its answer byte by byte', trickle],
  ['that does not answer', () => {}],
])('a gateway %s is left after the limit of the whole push', async (_, answer) => {
  const server = createServer((_request, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const closed = new Promise((resolve) => server.on('connection', (s) => s.on('close', resolve)));
  const { port } = server.address() as AddressInfo;
  const gateway = new PushGateway(`http://127.0.0.1:${port}`, {}, 300);
  try {
    await expect(gateway.push('', true)).rejects.toThrow('it took longer than 0.3 s');
    await closed;
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
