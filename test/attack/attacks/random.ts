import type { Socket } from 'node:net';
import fc from 'fast-check';
import type { Attack } from './attack.ts';
import { gatherMembers, type Member } from './crowd.ts';
import { headOf, requestOf, reviewOfMany } from './request.ts';
import { askAgain, openHealth, openPlain, openTls, trickle, writeForever } from './socket.ts';

/** Other numbers give other attacks. */
const seed = Number(process.env.ATTACK_SEED ?? 1);
const kibibyte = 1024;

/** From `least` to `most`, as many small ones as large ones. */
function sizes(least: number, most: number): fc.Arbitrary<number> {
  return fc
    .double({ min: Math.log(least), max: Math.log(most), noNaN: true })
    .map((exponent) => Math.floor(Math.exp(exponent)));
}

const images = fc.constantFrom('nginx', 'k8s.gcr.io/pause', `${'a.'.repeat(500)}com/x`, 'X:::');
const review = fc
  .tuple(sizes(1, 3_000), images)
  .map(([count, image]) => requestOf(reviewOfMany(count, () => image)));
const filler = sizes(1, 20_000 * kibibyte).map((length) =>
  Buffer.concat([headOf(length), Buffer.alloc(length, ' ')]),
);
const chunked = sizes(1, 2_000 * kibibyte).map((length) => {
  const head = 'POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  const chunk = `${length.toString(16)}\r\n${' '.repeat(length)}\r\n`;
  return Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk}0\r\n\r\n`);
});
const head = fc
  .constantFrom('/', '/metrics', '/healthz', '/nothing', `/${'a'.repeat(8 * kibibyte)}`)
  .map((path) => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`));
const garbage = fc
  .uint8Array({ minLength: 1, maxLength: 20 * kibibyte })
  .map((bytes) => Buffer.from(bytes));

/** How a request is sent: the ways in which clients are slow, greedy or gone. */
const ways: readonly ((socket: Socket, request: Buffer) => void)[] = [
  askAgain,
  writeForever,
  (socket, request) => socket.write(request),
  (socket, request) => socket.end(request),
  (socket, request) => socket.write(request.subarray(0, request.length / 2)),
  (socket, request) => {
    socket.write(request.subarray(0, request.length / 2));
    trickle(socket);
  },
  (socket, request) => {
    socket.write(request.subarray(0, -1));
    setTimeout(() => socket.destroy(), 500);
  },
  () => undefined,
];

const member: fc.Arbitrary<Member> = fc
  .record({
    open: fc.constantFrom(openTls, openTls, openTls, openTls, openPlain, openHealth),
    request: fc.oneof(review, review, filler, chunked, head, garbage),
    way: fc.constantFrom(...ways),
    reads: fc.boolean(),
  })
  .map(({ open, request, way, reads }) => ({ open, use: (socket) => way(socket, request), reads }));

/** Lists attacks that no one has thought of: each connection does something of its own. */
export const randomAttacks: readonly Attack[] = [
  {
    name: 'random',
    summary: '200 connections that each do something of their own, by chance (ATTACK_SEED=1)',
    begin: (target) => gatherMembers(target, fc.sample(member, { seed, numRuns: 200 })),
  },
];
