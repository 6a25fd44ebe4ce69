import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { send } from '../../test/support/test-server.ts';
import type { Steps } from '../admission/steps.ts';
import { BodyError, maxBodySize } from './body-error.ts';
import { readBody } from './read-body.ts';

const mebibyte = 1024 * 1024;
let server: Server;
let requests: IncomingMessage[];
let sockets: Socket[];
/** The paths of the requests whose bodies were read, in that order. */
let done: readonly string[];

/** What a review does in its steps before it answers. */
let reviewing: (path: string) => Steps<void>;
let deadline: number;

/** Answers with the length of a body, or why it was not read. */
beforeEach(async () => {
  reviewing = function* () {
    yield;
  };
  deadline = 20_000;
  requests = [];
  sockets = [];
  const order: string[] = [];
  done = order;
  server = createServer((incoming, response) => {
    requests.push(incoming);
    readBody(incoming, performance.now() + deadline, function* (body) {
      order.push(incoming.url as string);
      if (typeof body === 'string') yield* reviewing(incoming.url as string);
      if (typeof body === 'string') response.end(String(body.length));
      else if (body instanceof BodyError) {
        // As a refusal should: the answer is sent, and the connection stays for a moment.
        response.writeHead(body.status, { Connection: 'close' }).write(body.message);
        incoming.resume();
        setTimeout(() => response.end(), 200).unref();
      } else response.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const port = () => (server.address() as AddressInfo).port;

async function post(
  body: string | Buffer,
  headers: Record<string, string | number> = {},
  path = '/',
) {
  const { status, body: text } = await send(
    request({ port: port(), host: '127.0.0.1', path, method: 'POST', agent: false, headers }),
    body,
  );
  return { status, text };
}

/** Opens a connection, announces a body, and sends a part of it. */
function open(
  length: number,
  sent: number,
  path = '/',
): { answered: Promise<string>; socket: Socket } {
  const socket = connect(port(), '127.0.0.1');
  sockets.push(socket);
  let text = '';
  const answered = new Promise<string>((resolve) => {
    socket.on('error', () => undefined).once('close', () => resolve(text));
    socket.on('data', (chunk) => {
      text += chunk;
      resolve(text);
    });
  });
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`);
  socket.write(Buffer.alloc(sent, ' '));
  return { answered, socket };
}

/**
 * Resolves when a socket is closed. `once` of node:events would reject on an error, and there is
 * one if the server closes while the client still writes.
 */
const closed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));
const statusOf = (answer: string) => Number(answer.split(' ')[1]);

describe('bodies of every size and shape', () => {
  test.each([
    ['none', 0],
    ['one byte', 1],
    ['the largest that is small', 65_536],
    ['the smallest that is large', 65_537],
    ['a megabyte', 1e6],
    ['the largest', maxBodySize],
  ])('%s: declared and in chunks', async (_, size) => {
    const body = Buffer.alloc(size, 'x');
    expect(await post(body)).toEqual({ status: 200, text: String(size) });
    expect(await post(body, { 'transfer-encoding': 'chunked' })).toEqual({
      status: 200,
      text: String(size),
    });
  });

  test('text that is not ASCII, of every size', async () => {
    for (const count of [3, 30_000, 3_000_000]) {
      expect(await post('é中😀'.repeat(count))).toEqual({ status: 200, text: String(4 * count) });
    }
  });
});

describe('large bodies that do not come', () => {
  test('a small one is answered while all places are taken, and chunked ones are small until they are large', async () => {
    const stalled = Array.from({ length: 60 }, () => open(16 * mebibyte, 1_000));
    await Promise.race(stalled.map(({ answered }) => answered));
    expect(await post(Buffer.alloc(60_000))).toEqual({ status: 200, text: '60000' });
    const chunked = await post(Buffer.alloc(1_000), { 'transfer-encoding': 'chunked' });
    expect(chunked).toEqual({ status: 200, text: '1000' });
  });

  test('of 300 that announce a mebibyte those without a place are refused before they send it', async () => {
    const stalled = Array.from({ length: 300 }, () => open(mebibyte, 0));
    const answers: number[] = [];
    for (const { answered } of stalled) void answered.then((text) => answers.push(statusOf(text)));
    while (answers.length < 250) await sleep(10);
    expect(new Set(answers)).toEqual(new Set([503]));
  });

  test('one that comes later gets the place of one that stalls', async () => {
    const stalled = [open(16 * mebibyte, 1_000), open(16 * mebibyte, 1_000)];
    while (requests.length < 2) await sleep(1);
    expect(await post(Buffer.alloc(16 * mebibyte))).toEqual({
      status: 200,
      text: String(16 * mebibyte),
    });
    const first = await Promise.race(stalled.map(({ answered }) => answered));
    expect(statusOf(first)).toBe(503);
  });

  test('the rest of a refused one is not read', async () => {
    const places = Array.from({ length: 16 }, () => open(16 * mebibyte, 1_000));
    while (requests.length < 16) await sleep(1);
    const { answered, socket } = open(16 * mebibyte, 16 * mebibyte);
    expect(statusOf(await answered)).toBe(503);
    await closed(socket);
    const refused = requests.at(-1) as IncomingMessage;
    expect(refused.socket.bytesRead).toBeLessThan(mebibyte);
    expect(places.length).toBe(16);
  });

  test('one that is larger than the largest is refused, and not read', async () => {
    const { answered, socket } = open(maxBodySize + 1, 16 * mebibyte);
    expect(statusOf(await answered)).toBe(413);
    await closed(socket);
    expect(requests[0]?.socket.bytesRead).toBeLessThan(mebibyte);
  });
});

describe('the review of a large body', () => {
  /** Reviews until something is so, without an end if it never is; a small body at once. */
  const reviewUntil = (isSo: () => boolean) =>
    function* (path: string): Steps<void> {
      while (path === '/large' && !isSo()) yield;
    };

  test('a small one that comes after it began is answered before it ends', async () => {
    let isAnswered = false;
    reviewing = reviewUntil(() => isAnswered);
    const large = post(Buffer.alloc(mebibyte), {}, '/large');
    await expect.poll(() => done).toEqual(['/large']);
    expect(await post(Buffer.alloc(100))).toEqual({ status: 200, text: '100' });
    isAnswered = true;
    expect(await large).toEqual({ status: 200, text: String(mebibyte) });
  });

  test('ends when its client goes, and the next one begins', async () => {
    deadline = 600_000;
    reviewing = reviewUntil(() => false);
    const { socket } = open(mebibyte, mebibyte, '/large');
    await expect.poll(() => done).toEqual(['/large']);
    socket.destroy();
    expect((await post(Buffer.alloc(mebibyte))).status).toBe(200);
  });

  test('ends at its deadline, and the next one begins', async () => {
    deadline = 300;
    let inVain = 0;
    // Its path appears again when it has failed.
    reviewing = reviewUntil(() => {
      if (done.length > 1) inVain++;
      return false;
    });
    const late = post(Buffer.alloc(mebibyte), {}, '/large');
    const text = 'the body was not reviewed before the deadline';
    expect(await late).toEqual({ status: 503, text });
    expect(inVain).toBe(0);
    deadline = 20_000;
    expect((await post(Buffer.alloc(mebibyte))).status).toBe(200);
  });
});

test('small bodies that stall give way, the oldest first, when all together hold too much', async () => {
  const stalled = Array.from({ length: 500 }, () => open(65_536, 60_000));
  const answers: string[] = [];
  for (const { answered } of stalled) void answered.then((text) => answers.push(text));
  // 28 MiB hold 448 of them.
  while (answers.length < 52) await sleep(10);
  expect(answers.map(statusOf)).toEqual(Array(52).fill(503));
  expect(await post(Buffer.alloc(60_000))).toEqual({ status: 200, text: '60000' });
});

test('of bodies that come at once some are read now, the others smallest first', async () => {
  const socket = connect(port(), '127.0.0.1');
  sockets.push(socket);
  const sizes = [60_000, 60_000, 60_000, 60_000, 60_000, 60_000, 30_000, 10];
  const requests = sizes.map(
    (size, index) =>
      `POST /${index} HTTP/1.1\r\nHost: x\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}`,
  );
  // To the parser itself: all of them arrive in the same turn of the event loop.
  const [accepted] = await Promise.all([once(server, 'connection'), once(socket, 'connect')]);
  const parser = (accepted[0] as { parser?: { execute(data: Buffer): void } }).parser;
  parser?.execute(Buffer.from(requests.join('')));
  await expect.poll(() => done, { interval: 1 }).toHaveLength(sizes.length);
  expect(done).toEqual(['/0', '/7', '/6', '/1', '/2', '/3', '/4', '/5']);
});
