import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type RunningProgram, realReview, startProgram } from '../rig/program.ts';
import { metric } from './rig/metric.ts';
import { openTls, type RawClient, requestText } from './rig/raw-client.ts';
import { largeReview, reviewOf } from './rig/sized-review.ts';

let program: RunningProgram;
beforeEach(async () => {
  program = await startProgram();
});
afterEach(() => program.stop());

const good = requestText(realReview);

/** Sends parts, each in a write of its own, and waits until the server has closed. */
async function ask(...parts: string[]): Promise<RawClient> {
  const client = await openTls(program.url);
  for (const part of parts) client.socket.write(part);
  await client.ended;
  return client;
}

const summary = ({ answers }: RawClient) =>
  answers().map(({ status, body }) => `${status}${body.includes('"patch"') ? ' patch' : ''}`);

const none = () =>
  vi.waitFor(async () => expect(await metric(program, 'detour_in_flight_requests')).toBe(0), {
    timeout: 20_000,
    interval: 100,
  });

describe('a good request is answered, whatever is behind it', () => {
  test.each([
    ['nonsense, in one write', [`${good}nonsense\r\n\r\n`]],
    ['nonsense, in the next write', [good, 'nonsense\r\n\r\n']],
    ['a head that is too large', [`${good}POST / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`]],
    [
      'a chunk that is none',
      [`${good}POST /mutate HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`],
    ],
  ])('%s', async (_, parts) => {
    const client = await ask(...parts);
    expect(summary(client)[0]).toBe('200 patch');
    expect(client.answers()).toHaveLength(1);
  });

  test('also if its answer is long on its way', async () => {
    const client = await ask(requestText(reviewOf(3_000)), 'nonsense\r\n\r\n');
    expect(summary(client)).toEqual(['200 patch']);
  });

  test('the requests before and between are, too', async () => {
    const client = await ask(`${good}${good}nonsense\r\n\r\n`);
    expect(summary(client)).toEqual(['200 patch', '200 patch']);
  });
});

test('requests at once on one connection: those that fit are answered in order, and the last answer says so', async () => {
  const client = await ask(good.repeat(40));
  const answers = client.answers();
  expect(answers).toHaveLength(17);
  expect(answers.map(({ isLast }) => isLast)).toEqual([...Array(16).fill(false), true]);
  expect(new Set(summary(client))).toEqual(new Set(['200 patch']));
  await none();
});

test('an answer that fills the buffer is the last, and is not cut by the requests behind it', async () => {
  const large = requestText(reviewOf(600));
  // Larger than what TLS hands on at once, and small enough to have arrived when the server closes:
  // TCP answers data that comes later with a reset, which takes what the client has not read yet.
  const client = await ask(large, requestText(largeReview(20_000)), good);
  expect(summary(client)).toEqual(['200 patch']);
  expect(client.answers()[0]?.isLast).toBe(true);
  await none();
});

test('more requests than anybody can want are not answered, and others are', async () => {
  const flood = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2_500);
  const clients = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const client = await openTls(program.url, { reads: false });
      client.socket.write(requestText(reviewOf(3_000)) + flood);
      return client;
    }),
  );
  expect((await program.post(realReview)).status).toBe(200);
  for (const { socket } of clients) socket.resume();
  await Promise.all(clients.map(({ ended }) => ended));
  await none();
});

describe('behind a refusal nothing is in flight for ever', () => {
  test.each([
    ['a path that is none', requestText(realReview, { path: '/nothing' })],
    ['a method that is none', requestText('', { method: 'GET' })],
    ['a body that is too large', requestText('').replace('Length: 0', 'Length: 99999999')],
    ['an expectation that nobody meets', requestText('').replace('Host', 'Expect: x\r\nHost')],
    ['no Host', requestText(realReview).replace('Host: a\r\n', '')],
  ])('%s', async (_, refused) => {
    const clients = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const client = await openTls(program.url);
        client.socket.write(refused + good.repeat(5));
        return client;
      }),
    );
    await vi.waitFor(() => expect(clients.map(({ answers }) => answers().length)).not.toContain(0));
    for (const { socket } of clients) socket.destroy();
    expect(clients[0]?.answers()[0]?.status).toBeGreaterThanOrEqual(400);
    await none();
  });
});

test('a client that is refused while it sends a large body learns why', async () => {
  const client = await ask(requestText(' '.repeat(5e6), { path: '/nothing' }));
  expect(summary(client)).toEqual(['404']);
});
