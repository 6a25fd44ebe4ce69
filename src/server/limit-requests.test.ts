import { once } from 'node:events';
import { createServer, IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { roomyLimits } from '../../test/support/roomy-limits.ts';
import { writeAnswer } from './answer.ts';
import { Connections } from './connections.ts';

const limits = { ...roomyLimits, maxWaiting: 2 };

test('of hundreds of requests in one chunk those that may wait are answered, one more is looked at', async () => {
  let made = 0;
  class CountedMessage extends IncomingMessage {
    constructor(...args: ConstructorParameters<typeof IncomingMessage>) {
      super(...args);
      made++;
    }
  }
  const server = createServer({ IncomingMessage: CountedMessage });
  new Connections(server, limits, (exchange) =>
    setTimeout(() => writeAnswer(exchange, { status: 200, type: 'text/plain', body: 'ok' }), 50),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const closed = once(socket, 'close');
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
  });
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(500));
  // What arrives later is not parsed either.
  await sleep(20);
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab'.repeat(500));
  await closed;
  expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
  expect(text.match(/Connection: close/g)).toHaveLength(1);
  expect(made).toBe(4);
});
